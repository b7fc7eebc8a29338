package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Purpose;

/**
 * The whole path against the reference implementation, for a bundle of real size with random
 * weights that {@code ./test --real-size} has just made.
 */
@EnabledIfSystemProperty(
    named = RealSizeTest.FOLDER,
    matches = ".+",
    disabledReason = "only ./test --real-size makes a bundle of real size")
class RealSizeTest extends RuntimeTestCase {
  static final String FOLDER = "sightline.realSize";

  /** Pictures that are resized bilinearly instead of bicubically have 0.99995 with CLIP. */
  private static final double MIN_COSINE = 0.99999;

  private static final double MAX_LOGIT_DIFFERENCE = 1e-3;
  private static final Duration LONG = Duration.ofMinutes(10);

  private double minCosine = 1;
  private double maxDifference;

  @Test
  void equalsTheReference() throws Exception {
    Path folder = Path.of(System.getProperty(FOLDER));
    String id = id(folder);
    Golden golden = Golden.read(folder.resolve(id + ".golden.json"));
    long start = System.nanoTime();
    LocalRuntime runtime = open(limits(), folder);
    for (Golden.Image image : golden.images()) {
      List<float[]> actual = embed(runtime, id, InferenceInput.Image.of(image.bytes()));
      assertEquals(image.embedding().size(), actual.size(), image.file().toString());
      for (int i = 0; i < actual.size(); i++) {
        assertSame(image.embedding().get(i), actual.get(i), image.file() + " vector " + i);
      }
    }
    for (Golden.Text text : golden.contentfulTexts()) {
      assertSame(text.embedding(), embed(runtime, id, text(text.text())).get(0), text.text());
    }
    for (Golden.Match match : golden.matches()) {
      assertSame(match, score(runtime, id, golden, match));
    }
    System.out.printf(
        Locale.ROOT,
        "%s: %d pictures, %d texts, %d pairs; cosine at least %.8f, logits differ by at most %.2e;"
            + " %.1f s%n",
        id,
        golden.images().size(),
        golden.contentfulTexts().size(),
        golden.matches().size(),
        minCosine,
        maxDifference,
        (System.nanoTime() - start) / 1e9);
  }

  private static String id(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      List<String> ids =
          files.filter(Files::isDirectory).map(f -> f.getFileName().toString()).toList();
      assertEquals(1, ids.size(), "bundles in " + folder + ": " + ids);
      return ids.get(0);
    }
  }

  private void assertSame(float[] expected, float[] actual, String what) {
    double cosine = cosine(expected, actual);
    minCosine = Math.min(minCosine, cosine);
    assertTrue(cosine >= MIN_COSINE, what + ": cosine " + cosine);
  }

  private void assertSame(Golden.Match expected, MatchScore actual) {
    String what = "image " + expected.image() + ", text " + expected.text();
    float[] logits = {actual.noMatchLogit(), actual.matchLogit()};
    double difference = largestDifference(expected.logits(), logits);
    maxDifference = Math.max(maxDifference, difference);
    assertEquals(0, difference, MAX_LOGIT_DIFFERENCE, what);
    assertEquals(expected.similarity(), actual.similarity(), 1e-3, what);
  }

  private static List<float[]> embed(LocalRuntime runtime, String id, InferenceInput input)
      throws Exception {
    return await(
            runtime
                .inference()
                .embed(new EmbedRequest(id, List.of(input), Purpose.SEARCH, Deadline.after(LONG))))
        .results()
        .get(0)
        .orThrow()
        .vectors();
  }

  private static MatchScore score(
      LocalRuntime runtime, String id, Golden golden, Golden.Match match) throws Exception {
    InferenceInput image = InferenceInput.Image.of(golden.images().get(match.image()).bytes());
    InferenceInput text = text(golden.texts().get(match.text()).text());
    return await(
            runtime
                .inference()
                .match(
                    new MatchRequest(
                        id, text, List.of(image), Purpose.RERANK, Deadline.after(LONG))))
        .results()
        .get(0)
        .orThrow();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
  }
}
