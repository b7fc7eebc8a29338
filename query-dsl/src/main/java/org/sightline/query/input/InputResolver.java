package org.sightline.query.input;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRunnable;
import org.elasticsearch.action.support.RefCountingListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.core.Strings;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.profile.ProfileResult;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.query.InferenceCalls;
import org.sightline.query.InferenceErrors;
import org.sightline.query.QueryServices;
import org.sightline.query.task.RunningSearch;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/**
 * Turns an input into query vectors, once: texts and images through inference, documents through a
 * search as the user who asks, all at the same time. Never blocks.
 */
public final class InputResolver {
  /** What {@code "profile": true} calls the embedding of an input. */
  private static final String PROFILE_TYPE = "image_text_embedding";

  private final QueryServices services;
  private final String modelId;
  private final QueryInput input;
  private final Client client;
  private final RunningSearch running;

  /** One for each input. */
  private final Embedding[] embeddings;

  /**
   * @param modelId may be null only when {@link QueryInput#needsModel()} is false
   * @param client reads documents; carries the user's thread context
   */
  public InputResolver(QueryServices services, String modelId, QueryInput input, Client client) {
    this.services = services;
    this.modelId = modelId;
    this.input = input;
    this.client = client;
    this.running = RunningSearch.of(client.threadPool().getThreadContext());
    this.embeddings = new Embedding[input.inputs().size()];
  }

  /**
   * One vector; an image of which the model has several is refused.
   *
   * @param listener gets the L2-normalised vector, {@code [dimensions]}; called once, on any thread
   */
  public void resolve(ActionListener<float[]> listener) {
    embedAll(listener.delegateFailureAndWrap((l, ignored) -> l.onResponse(combine())));
  }

  /**
   * All vectors of an image, the only input.
   *
   * @param listener gets one or more L2-normalised vectors, each {@code [dimensions]}
   */
  public void resolveImage(ActionListener<List<float[]>> listener) {
    embedAll(
        listener.delegateFailureAndWrap((l, ignored) -> l.onResponse(embeddings[0].vectors())));
  }

  private void embedAll(ActionListener<Void> listener) {
    long start = System.nanoTime();
    ActionListener<Void> all =
        listener.delegateFailureAndWrap(
            (l, ignored) -> {
              running.profile(() -> profile(System.nanoTime() - start));
              l.onResponse(null);
            });
    try (RefCountingListener pending = new RefCountingListener(all)) {
      fetchDocuments(pending);
      if (input.needsModel()) {
        embed(pending.acquire());
      }
    }
  }

  /** As part of the answer to {@code "profile": true}. */
  private ProfileResult profile(long nanos) {
    Map<String, Object> counts = new TreeMap<>();
    input
        .inputs()
        .forEach(one -> counts.merge(one.source().type() + "s", 1, (a, b) -> (int) a + 1));
    String description = modelId == null ? "stored vectors" : "model [" + modelId + "]";
    return RunningSearch.profiled(PROFILE_TYPE, description, nanos, counts);
  }

  private void fetchDocuments(RefCountingListener pending) {
    StoredVectors stored = new StoredVectors(running.childrenOf(client));
    for (int i = 0; i < embeddings.length; i++) {
      if (source(i) instanceof InputSource.Document document) {
        int position = i;
        stored.fetch(
            document,
            pending.acquire(vector -> embeddings[position] = new Embedding(List.of(vector))));
      }
    }
  }

  private InputSource source(int position) {
    return input.inputs().get(position).source();
  }

  private void embed(ActionListener<Void> listener) {
    Deadline deadline = running.deadline(services.inferenceTimeout());
    ActionRunnable<Void> work = ActionRunnable.wrap(listener, l -> embedHere(deadline, l));
    if (input.inputs().stream().anyMatch(one -> one.source() instanceof InputSource.Image)) {
      // decoding and hashing megabytes is no work for a transport thread
      client.threadPool().executor(ThreadPool.Names.SEARCH_COORDINATION).execute(work);
    } else {
      work.run();
    }
  }

  private void embedHere(Deadline deadline, ActionListener<Void> listener) {
    List<Integer> positions = new ArrayList<>();
    List<InferenceInput> inputs = new ArrayList<>();
    for (int i = 0; i < embeddings.length; i++) {
      InferenceInput one = toInference(i);
      if (one != null) {
        positions.add(i);
        inputs.add(one);
      }
    }
    InferenceCalls.start(
        () ->
            services.inference().embed(new EmbedRequest(modelId, inputs, Purpose.SEARCH, deadline)),
        listener.<EmbedResponse>delegateFailureAndWrap(
            (l, response) -> {
              checkCount(response, inputs.size());
              for (int i = 0; i < positions.size(); i++) {
                int position = positions.get(i);
                embeddings[position] = embedding(position, response.results().get(i));
              }
              l.onResponse(null);
            }));
  }

  private InferenceInput toInference(int position) {
    try {
      return switch (source(position)) {
        case InputSource.Text text -> text.toInference(input.nameOf(position));
        case InputSource.Image image ->
            image.toInference(input.nameOf(position), services.maxImageBytes());
        case InputSource.Document document -> null;
      };
    } catch (InferenceException e) {
      throw asRuntime(e);
    }
  }

  private static void checkCount(EmbedResponse response, int expected) {
    if (response.results().size() != expected) {
      throw new ElasticsearchStatusException(
          "model [{}] answered [{}] embeddings for [{}] inputs",
          RestStatus.INTERNAL_SERVER_ERROR,
          response.modelId(),
          response.results().size(),
          expected);
    }
  }

  private Embedding embedding(int position, Outcome<Embedding> outcome) {
    return switch (outcome) {
      case Outcome.Failure<Embedding> failure -> throw asRuntime(named(position, failure.error()));
      case Outcome.Success<Embedding> success -> success.value();
    };
  }

  /** What is wrong with an input is said as "is …" or "has …"; other failures are not about it. */
  private InferenceException named(int position, InferenceException error) {
    return error.kind() == InferenceException.Kind.INVALID_INPUT
        ? new InferenceException(
            error.kind(), "[" + input.nameOf(position) + "] " + error.getMessage())
        : error;
  }

  private float[] combine() {
    float[][] vectors = new float[embeddings.length][];
    float[] weights = new float[vectors.length];
    for (int i = 0; i < vectors.length; i++) {
      if (embeddings[i].vectors().size() != 1) {
        throw new ElasticsearchStatusException(
            "[{}] has [{}] embeddings by model [{}], a query vector can be made of one only",
            RestStatus.BAD_REQUEST,
            input.nameOf(i),
            embeddings[i].vectors().size(),
            modelId);
      }
      vectors[i] = embeddings[i].single();
      weights[i] = input.inputs().get(i).weight();
      if (vectors[i].length != vectors[0].length) {
        throw new ElasticsearchStatusException(
            "{} and {} cannot be combined",
            RestStatus.BAD_REQUEST,
            describe(0, vectors[0]),
            describe(i, vectors[i]));
      }
    }
    return VectorSum.of(vectors, weights);
  }

  private String describe(int position, float[] vector) {
    String of =
        source(position) instanceof InputSource.Document document
            ? document.describe() + ", [" + document.path() + "]"
            : "model [" + modelId + "]";
    return Strings.format(
        "[%s] with [%d] dimensions (%s)", input.nameOf(position), vector.length, of);
  }

  /** What {@link InferenceErrors} makes of an {@link InferenceException} is always unchecked. */
  private static RuntimeException asRuntime(InferenceException e) {
    return (RuntimeException) InferenceErrors.toElasticsearch(e);
  }
}
