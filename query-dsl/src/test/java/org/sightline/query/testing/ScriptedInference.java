package org.sightline.query.testing;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.plugins.MapperPlugin;
import org.sightline.query.match.RerankReport;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;

/**
 * Inference whose answers can be told by reading the request, for tests of the DSL only; real
 * models are tested where the runtime is.
 *
 * <p>An "image" is the UTF-8 of a caption. The embedding of {@code angle N} points N degrees away
 * from the first axis in the plane of the first two; others are random, by hash; {@code several a,
 * b} has those of a and b. The match logit of {@code name 2.5} is 2.5 for the query {@link #HEART}
 * and -2.5 for any other. What starts with {@code broken} fails alone.
 */
public final class ScriptedInference implements Inference {
  /** The query whose match logit is the number in the caption. */
  public static final String HEART = "a red heart";

  /** Before captions with commas between them: an embedding for each. */
  private static final String SEVERAL = "several ";

  /** Length of embeddings. */
  public static final int DIMENSIONS = 8;

  /** The digest that is the version of every model. */
  public static final String VERSION = "0123456789abcdef".repeat(4);

  private static final SortedSet<String> MODELS =
      new TreeSet<>(List.of("emoji-blip", "emoji-clip"));

  static final ModelCatalog CATALOG =
      new ModelCatalog() {
        @Override
        public SortedSet<String> ids() {
          return MODELS;
        }

        @Override
        public Optional<ModelInfo> find(String id) {
          return MODELS.contains(id) ? Optional.of(info(id)) : Optional.empty();
        }
      };

  private static ModelInfo info(String id) {
    return new ModelInfo(
        id, VERSION, "test", "test", "MIT", DIMENSIONS, 1, "cosine", 1, 0, Set.of());
  }

  private final List<Integer> fetches = new CopyOnWriteArrayList<>();

  /** Captions of the images whose features are "cached", by digest. */
  public final Map<String, String> cached = new ConcurrentHashMap<>();

  public final List<EmbedRequest> embedRequests = new CopyOnWriteArrayList<>();
  public final List<MatchRequest> matchRequests = new CopyOnWriteArrayList<>();

  /** What reranks told when they had ended. */
  public final List<RerankReport> reranks = new CopyOnWriteArrayList<>();

  /** When set, every request to embed fails with it. */
  public volatile InferenceException embedFailure;

  /** When set, every request to match fails with it. */
  public volatile InferenceException matchFailure;

  /** When set, no request is answered before it completes. */
  public volatile CompletableFuture<Void> gate;

  /** When set, the nth request to match waits for the nth of these. */
  public volatile Iterator<CompletableFuture<Void>> gates;

  /** Whether scores carry a similarity. */
  public volatile boolean similarities = true;

  /** What every answer to a match says that it took. */
  public volatile MatchStats stats = MatchStats.NONE;

  /** How many results are left out, to break the promise of one result an input. */
  public volatile int missingEmbeddings;

  public volatile int missingScores;

  /** Whether every match of an image that comes with its bytes fails with 503. */
  public volatile boolean failOnBytes;

  /** What the user may see, by index. */
  public volatile Function<String, FieldPredicate> visibleFields = MapperPlugin.NOOP_FIELD_FILTER;

  private final Executor executor;

  /**
   * @param executor where stages complete
   */
  public ScriptedInference(Executor executor) {
    this.executor = executor;
  }

  /** Captions of the images that were sent with their bytes, in order. */
  public List<String> imagesSent() {
    return matchRequests.stream()
        .flatMap(request -> request.inputs().stream())
        .filter(input -> input instanceof InferenceInput.Image image && image.bytes() != null)
        .map(ScriptedInference::caption)
        .toList();
  }

  /** How many images were asked for by digest. */
  public long referencesSent() {
    return matchRequests.stream()
        .flatMap(request -> request.inputs().stream())
        .filter(input -> input instanceof InferenceInput.Image image && image.bytes() == null)
        .count();
  }

  /** The base64 of the "image" of a caption. */
  public static String image(String caption) {
    return Base64.getEncoder().encodeToString(caption.getBytes(StandardCharsets.UTF_8));
  }

  /** The embedding of a text or caption. */
  public static float[] embedding(String text) {
    double[] vector = new double[DIMENSIONS];
    if (text.startsWith("angle ")) {
      double angle = Math.toRadians(Double.parseDouble(text.substring("angle ".length())));
      vector[0] = Math.cos(angle);
      vector[1] = Math.sin(angle);
    } else {
      Random random = new Random(text.hashCode());
      Arrays.setAll(vector, i -> random.nextGaussian());
    }
    double norm = Math.sqrt(Arrays.stream(vector).map(value -> value * value).sum());
    float[] result = new float[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      result[i] = (float) (vector[i] / norm);
    }
    return result;
  }

  @Override
  public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
    embedRequests.add(request);
    return answer(
        gate,
        request.modelId(),
        embedFailure,
        () ->
            new EmbedResponse(
                request.modelId(),
                DIMENSIONS,
                results(request.inputs(), missingEmbeddings, this::embedOne)));
  }

  @Override
  public CompletionStage<MatchResponse> match(MatchRequest request) {
    CompletableFuture<Void> turn = gate;
    synchronized (matchRequests) {
      matchRequests.add(request);
      turn = gates == null ? turn : gates.next();
    }
    return answer(
        turn,
        request.modelId(),
        matchFailure,
        () ->
            new MatchResponse(
                request.modelId(),
                results(request.inputs(), missingScores, input -> matchOne(request.query(), input)),
                stats));
  }

  /** How many reranks kept the order of the first stage so far. */
  public long fallbacks() {
    return reranks.stream()
        .filter(report -> report.outcome() == RerankReport.Outcome.FIRST_STAGE)
        .count();
  }

  /** Documents whose content was fetched for reranks. */
  public long fetched() {
    return fetches.stream().mapToInt(documents -> documents).sum();
  }

  /** How many documents each fetch for a rerank was for. */
  public List<Integer> fetches() {
    return fetches;
  }

  void fetched(int documents) {
    fetches.add(documents);
  }

  @Override
  public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
    throw new AssertionError("searches do not caption");
  }

  private <T> CompletionStage<T> answer(
      CompletableFuture<Void> turn,
      String modelId,
      InferenceException failure,
      Supplier<T> answer) {
    CompletableFuture<Void> start = turn == null ? CompletableFuture.completedFuture(null) : turn;
    return start.thenApplyAsync(
        ignored -> {
          if (failure != null) {
            throw failure;
          }
          if (MODELS.contains(modelId) == false) {
            throw new InferenceException(
                InferenceException.Kind.UNKNOWN_MODEL,
                "model [" + modelId + "] does not exist, expected one of " + MODELS);
          }
          return answer.get();
        },
        executor);
  }

  private <T> List<Outcome<T>> results(
      List<InferenceInput> inputs, int missing, Function<InferenceInput, T> function) {
    List<Outcome<T>> results = new ArrayList<>();
    for (InferenceInput input : inputs.subList(0, inputs.size() - missing)) {
      try {
        results.add(Outcome.success(function.apply(input)));
      } catch (InferenceException e) {
        results.add(Outcome.failure(e));
      }
    }
    return results;
  }

  private Embedding embedOne(InferenceInput input) {
    String caption = checked(input);
    if (caption.startsWith(SEVERAL)) {
      return new Embedding(
          Arrays.stream(caption.substring(SEVERAL.length()).split(", "))
              .map(ScriptedInference::embedding)
              .toList());
    }
    return new Embedding(List.of(embedding(caption)));
  }

  private MatchScore matchOne(InferenceInput query, InferenceInput input) {
    String caption;
    if (input instanceof InferenceInput.Image image && image.bytes() == null) {
      caption = cached.get(image.digest());
      if (caption == null) {
        throw new InferenceException(
            InferenceException.Kind.IMAGE_REQUIRED, "features are not cached");
      }
    } else {
      caption = checked(input);
      if (failOnBytes) {
        throw new InferenceException(
            InferenceException.Kind.MODEL_UNAVAILABLE, "the model is gone");
      }
      if (input instanceof InferenceInput.Image image) {
        cached.put(image.digest(), caption);
      }
    }
    float number = Float.parseFloat(caption.substring(caption.lastIndexOf(' ') + 1));
    float logit = caption(query).equals(HEART) ? number : -number;
    return new MatchScore(0, logit, similarities ? logit / 10 : null);
  }

  private static String checked(InferenceInput input) {
    String caption = caption(input);
    if (caption.startsWith("broken")) {
      throw InferenceException.invalid("is not an image: expected one of JPEG, PNG");
    }
    return caption;
  }

  private static String caption(InferenceInput input) {
    return switch (input) {
      case InferenceInput.Text text -> text.value();
      case InferenceInput.Image image -> new String(image.bytes(), StandardCharsets.UTF_8);
    };
  }
}
