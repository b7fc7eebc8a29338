package org.sightline.runtime.zeroshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.RuntimeLimits;

class ZeroShotClassifierTest {
  private static final Path FIXTURES = Path.of("src/test/fixtures");
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final LabelSet ANIMALS =
      new LabelSet(List.of("cat", "heart", "flag"), List.of("{}", "a picture of a {}"));

  @TempDir private Path folder;

  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
  private LocalRuntime runtime;

  private ZeroShotClassifier open(int maxInputs, Path... folders) {
    runtime = LocalRuntime.open(List.of(folders), RuntimeLimits.defaults(), pool, pool);
    return new ZeroShotClassifier(runtime::inference, runtime::catalog, maxInputs);
  }

  @AfterEach
  void nothingStaysOpen() {
    if (runtime != null) {
      assertEquals(0, runtime.openLeases());
      runtime.close();
    }
    pool.shutdown();
  }

  private static InferenceInput.Image image(String file) throws Exception {
    return InferenceInput.Image.of(Files.readAllBytes(FIXTURES.resolve("images").resolve(file)));
  }

  private static ClassifyRequest request(
      String model, LabelSet labels, InferenceInput.Image... images) {
    return new ClassifyRequest(
        model, List.of(images), labels, Purpose.INGEST, Deadline.after(PATIENCE));
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
  }

  private float[] embed(String model, InferenceInput input) throws Exception {
    return get(runtime
            .inference()
            .embed(
                new EmbedRequest(model, List.of(input), Purpose.INGEST, Deadline.after(PATIENCE))))
        .results()
        .get(0)
        .orThrow()
        .single();
  }

  /** The logit of a label by the definition: normalised mean of the templates' embeddings. */
  private double logit(String model, float[] image, String label) throws Exception {
    double dot = 0;
    double squares = 0;
    float[] plain = embed(model, new InferenceInput.Text(label));
    float[] framed = embed(model, new InferenceInput.Text("a picture of a " + label));
    for (int i = 0; i < image.length; i++) {
      double mean = (plain[i] + framed[i]) / 2.0;
      dot += mean * image[i];
      squares += mean * mean;
    }
    return runtime.catalog().require(model).logitScale() * dot / Math.sqrt(squares);
  }

  @Test
  void probabilitiesAreTheSoftmaxOfTheModelsLogits() throws Exception {
    ZeroShotClassifier classifier = open(1000, FIXTURES);
    InferenceInput.Image cat = image("emoji-cat.png");
    float[] vector = embed("tiny-clip", cat);
    List<LabelProbability> labels =
        get(classifier.classify(request("tiny-clip", ANIMALS, cat))).get(0).orThrow();
    double sum = 0;
    for (String label : ANIMALS.labels()) {
      sum += Math.exp(logit("tiny-clip", vector, label));
    }
    assertEquals(3, labels.size());
    float last = 1;
    for (LabelProbability found : labels) {
      double expected = Math.exp(logit("tiny-clip", vector, found.label())) / sum;
      assertEquals(expected, found.probability(), 1e-5, found.label());
      assertTrue(found.probability() <= last);
      last = found.probability();
    }
  }

  @Test
  void aModelWithABiasJudgesEveryLabelOnItsOwn() throws Exception {
    Path copy = Files.createDirectories(folder.resolve("tiny-clip"));
    try (Stream<Path> files = Files.list(FIXTURES.resolve("tiny-clip"))) {
      for (Path file : files.toList()) {
        Files.copy(file, copy.resolve(file.getFileName()));
      }
    }
    Path manifest = copy.resolve("model.json");
    String json = Files.readString(manifest);
    Files.writeString(
        manifest,
        json.contains("\"logit_bias\"")
            ? json.replaceFirst("\"logit_bias\": *[-0-9.]+", "\"logit_bias\": -3.5")
            : json.replaceFirst("\"logit_scale\"", "\"logit_bias\": -3.5, \"logit_scale\""));
    ZeroShotClassifier classifier = open(1000, folder);
    InferenceInput.Image cat = image("emoji-cat.png");
    float[] vector = embed("tiny-clip", cat);
    for (LabelProbability found :
        get(classifier.classify(request("tiny-clip", ANIMALS, cat))).get(0).orThrow()) {
      double logit = logit("tiny-clip", vector, found.label()) - 3.5;
      assertEquals(1 / (1 + Math.exp(-logit)), found.probability(), 1e-5, found.label());
    }
  }

  @Test
  void aTrainedModelRecognisesWhatItHasNeverSeen() throws Exception {
    ZeroShotClassifier classifier = open(1000, Path.of("bundles"));
    LabelSet names = new LabelSet(List.of("cat face", "red heart", "grinning face"), List.of("{}"));
    List<Outcome<List<LabelProbability>>> results =
        get(
            classifier.classify(
                request(
                    "emoji-clip",
                    names,
                    image("emoji-heart.png"),
                    image("emoji-cat.png"),
                    image("emoji-grinning.png"))));
    List<String> best = new ArrayList<>();
    for (Outcome<List<LabelProbability>> result : results) {
      best.add(result.orThrow().get(0).label());
    }
    assertEquals(List.of("red heart", "cat face", "grinning face"), best);
  }

  @Test
  void manyTextsAreAskedForInParts() throws Exception {
    ZeroShotClassifier whole = open(1000, FIXTURES);
    ZeroShotClassifier parts = new ZeroShotClassifier(runtime::inference, runtime::catalog, 2);
    ClassifyRequest request =
        request(
            "tiny-clip",
            ANIMALS,
            image("emoji-cat.png"),
            image("emoji-heart.png"),
            image("emoji-flag.png"));
    List<Outcome<List<LabelProbability>>> expected = get(whole.classify(request));
    List<Outcome<List<LabelProbability>>> actual = get(parts.classify(request));
    assertEquals(3, actual.size());
    for (int i = 0; i < 3; i++) {
      for (int k = 0; k < 3; k++) {
        assertEquals(
            expected.get(i).orThrow().get(k).label(), actual.get(i).orThrow().get(k).label());
        assertEquals(
            expected.get(i).orThrow().get(k).probability(),
            actual.get(i).orThrow().get(k).probability(),
            1e-5);
      }
    }
  }

  @Test
  void labelsAreEmbeddedOnceAndVectorsAsWellAsImages() throws Exception {
    ZeroShotClassifier classifier = open(1000, FIXTURES);
    InferenceInput.Image cat = image("emoji-cat.png");
    List<LabelProbability> first =
        get(classifier.classify(request("tiny-clip", ANIMALS, cat))).get(0).orThrow();
    assertEquals(6, runtime.stats().roles().get(Role.TEXT_EMBEDDING).inputs());
    float[] vector = embed("tiny-clip", cat);
    for (int i = 0; i < vector.length; i++) {
      vector[i] *= 3; // only its direction counts
    }
    List<LabelProbability> second =
        get(classifier.classify(request("tiny-clip", ANIMALS), new Embedding(List.of(vector))));
    assertEquals(6, runtime.stats().roles().get(Role.TEXT_EMBEDDING).inputs());
    for (int k = 0; k < 3; k++) {
      assertEquals(first.get(k).label(), second.get(k).label());
      assertEquals(first.get(k).probability(), second.get(k).probability(), 1e-5);
    }
  }

  @Test
  void whatFailedIsTriedAgain() throws Exception {
    ZeroShotClassifier classifier = open(1000, FIXTURES);
    InferenceInput.Image cat = image("emoji-cat.png");
    ClassifyRequest late =
        new ClassifyRequest(
            "tiny-clip", List.of(cat), ANIMALS, Purpose.INGEST, Deadline.after(Duration.ZERO));
    ExecutionException e =
        assertThrows(ExecutionException.class, () -> get(classifier.classify(late)));
    Throwable cause = e.getCause();
    assertEquals(Kind.DEADLINE_EXCEEDED, ((InferenceException) cause).kind());
    assertEquals(
        3, get(classifier.classify(request("tiny-clip", ANIMALS, cat))).get(0).orThrow().size());
  }

  /** Answers when the test says so. */
  private static final class Pending implements Inference {
    private final List<EmbedRequest> requests = new ArrayList<>();
    private final List<CompletableFuture<EmbedResponse>> answers = new ArrayList<>();

    @Override
    public CompletionStage<EmbedResponse> embed(EmbedRequest request) {
      requests.add(request);
      answers.add(new CompletableFuture<>());
      return answers.getLast();
    }

    @Override
    public CompletionStage<MatchResponse> match(MatchRequest request) {
      throw new AssertionError();
    }

    @Override
    public CompletionStage<CaptionResponse> caption(CaptionRequest request) {
      throw new AssertionError();
    }

    /** Every text of the last request is that vector. */
    private void answer(float... vector) {
      List<Outcome<Embedding>> results =
          Collections.nCopies(
              requests.getLast().inputs().size(), Outcome.success(new Embedding(List.of(vector))));
      answers.getLast().complete(new EmbedResponse("m", vector.length, results));
    }
  }

  private record OneModel(ModelInfo model) implements ModelCatalog {
    @Override
    public SortedSet<String> ids() {
      return new TreeSet<>(List.of(model.id()));
    }

    @Override
    public Optional<ModelInfo> find(String id) {
      return Optional.of(model);
    }
  }

  private static ModelCatalog version(String version) {
    return new OneModel(
        new ModelInfo(
            "m",
            version,
            "f",
            "d",
            "l",
            2,
            1,
            "cosine",
            1,
            -1,
            Set.of(Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING)));
  }

  private static CompletionStage<List<LabelProbability>> classify(
      Classifier classifier, Deadline deadline) {
    LabelSet labels = new LabelSet(List.of("cat"), List.of("{}"));
    return classifier.classify(
        new ClassifyRequest("m", List.of(), labels, Purpose.INGEST, deadline),
        new Embedding(List.of(new float[] {1, 0})));
  }

  @Test
  void aCallerThatGivesUpTakesNobodyElseWithIt() throws Exception {
    Pending inference = new Pending();
    Classifier classifier = new ZeroShotClassifier(() -> inference, () -> version("1"), 9);
    Deadline first = Deadline.after(PATIENCE);
    CompletionStage<?> gone = classify(classifier, first);
    Deadline second = Deadline.after(PATIENCE);
    CompletionStage<List<LabelProbability>> patient = classify(classifier, second);
    Deadline shared = inference.requests.get(0).deadline();
    first.abandon();
    assertFalse(shared.expired());
    assertTrue(shared.remaining().compareTo(Duration.ZERO) > 0);
    // another node knows of the first caller only
    inference.answers.get(0).completeExceptionally(new InferenceException(Kind.CANCELLED, "gone"));
    assertThrows(ExecutionException.class, () -> get(gone));
    assertEquals(2, inference.requests.size(), "the second caller begins anew");
    inference.answer(1, 0);
    assertEquals("cat", get(patient).get(0).label());
    get(classify(classifier, Deadline.after(PATIENCE))); // has nothing to wait for
    second.abandon();
    assertTrue(inference.requests.get(1).deadline().abandoned());
  }

  @Test
  void labelsOfAnotherVersionAreEmbeddedAnew() throws Exception {
    Pending inference = new Pending();
    List<ModelCatalog> catalog = new ArrayList<>(List.of(version("1")));
    Classifier classifier = new ZeroShotClassifier(() -> inference, catalog::getLast, 9);
    List<Float> probabilities = new ArrayList<>();
    for (float[] label : new float[][] {{1, 0}, {0, 1}}) {
      CompletionStage<List<LabelProbability>> answer =
          classify(classifier, Deadline.after(PATIENCE));
      inference.answer(label);
      probabilities.add(get(answer).get(0).probability());
      catalog.add(version("2"));
    }
    assertEquals(2, inference.requests.size());
    assertEquals(1 / (1 + Math.exp(0)), probabilities.get(0), 1e-6);
    assertEquals(1 / (1 + Math.exp(1)), probabilities.get(1), 1e-6);
  }

  @Test
  void refusals() throws Exception {
    ZeroShotClassifier classifier = open(1000, FIXTURES);
    List<Outcome<List<LabelProbability>>> results =
        get(
            classifier.classify(
                request(
                    "tiny-clip",
                    ANIMALS,
                    InferenceInput.Image.of("text".getBytes(StandardCharsets.UTF_8)),
                    image("emoji-cat.png"))));
    assertEquals(
        Kind.INVALID_INPUT, assertThrows(InferenceException.class, results.get(0)::orThrow).kind());
    assertEquals(3, results.get(1).orThrow().size());
    InferenceException unknown =
        assertThrows(InferenceException.class, () -> classifier.classify(request("clip", ANIMALS)));
    assertEquals(Kind.UNKNOWN_MODEL, unknown.kind());
    InferenceException dimensions =
        assertThrows(
            InferenceException.class,
            () ->
                classifier.classify(
                    request("tiny-clip", ANIMALS), new Embedding(List.of(new float[3]))));
    assertEquals("has 3 dimensions, those of model [tiny-clip] have 16", dimensions.getMessage());
    InferenceException nothing =
        assertThrows(
            InferenceException.class,
            () ->
                classifier.classify(
                    request("tiny-clip", ANIMALS), new Embedding(List.of(new float[16]))));
    assertEquals("has the length 0.0, expected one above 0", nothing.getMessage());
  }

  @Test
  void theCacheForgetsTheSetsUsedLeast() {
    open(1000, FIXTURES);
    LabelCache cache = new LabelCache(4);
    List<Integer> made = new ArrayList<>();
    for (int set : new int[] {1, 2, 1, 3, 2}) {
      cache.get(
          runtime.catalog().require("tiny-clip"),
          new LabelSet(List.of("a" + set, "b" + set), List.of("{}")),
          Deadline.after(PATIENCE),
          deadline -> {
            made.add(set);
            return CompletableFuture.completedFuture(null);
          });
    }
    assertEquals(List.of(1, 2, 3, 2), made);
    assertEquals(2, cache.size());
  }
}
