package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * A node against the reference implementation, through {@code _embed} and {@code _match}, with a
 * bundle of real size and random weights that {@code ./test --real-size} has just made.
 */
@EnabledIfSystemProperty(
    named = RealSizeIT.FOLDER,
    matches = ".+",
    disabledReason = "only ./test --real-size makes a bundle of real size")
class RealSizeIT {
  static final String FOLDER = "sightline.realSize";

  /** Pictures that are resized bilinearly instead of bicubically have 0.99995 with CLIP. */
  private static final double MIN_COSINE = 0.99999;

  private static final double MAX_DIFFERENCE = 1e-3;
  private static final Path FIXTURES =
      Installation.checkout().resolve("model-runtime/src/test/fixtures");

  private double minCosine = 1;
  private double maxDifference;

  @Test
  void aNodeEqualsTheReference() throws IOException {
    Path bundle = bundle(Path.of(System.getProperty(FOLDER)));
    String id = bundle.getFileName().toString();
    JsonNode golden =
        new ObjectMapper().readTree(bundle.resolveSibling(id + ".golden.json").toFile());
    Distribution distribution = Installation.unpack("real-size");
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(
            distribution,
            "real-size",
            NodeSpec.small("real-size").with("sightline.inference.timeout", "2m"))) {
      cluster.node(0).copyBundle(bundle);
      cluster.start();
      try (HttpJson client = new HttpJson(cluster.http())) {
        compare(client, id, golden);
      }
    } finally {
      distribution.delete();
    }
  }

  private static Path bundle(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> bundles = files.filter(Files::isDirectory).toList();
      assertEquals(1, bundles.size(), "bundles in " + folder + ": " + bundles);
      return bundles.get(0);
    }
  }

  private void compare(HttpJson client, String id, JsonNode golden) throws IOException {
    long start = System.nanoTime();
    Requests.ask(client, id, "_load", null);
    List<String> images = new ArrayList<>();
    for (JsonNode image : golden.required("images")) {
      byte[] bytes = Files.readAllBytes(FIXTURES.resolve(image.required("file").asText()));
      images.add(Requests.imageInput(bytes));
      assertSameEmbedding(client, id, image, images.get(images.size() - 1));
    }
    int texts = 0;
    for (JsonNode text : golden.required("texts")) {
      if (refused(text) == false) {
        assertSameEmbedding(client, id, text, text.required("text").toString());
        texts++;
      }
    }
    int pairs = 0;
    for (JsonNode match : golden.path("matches")) {
      JsonNode text = golden.required("texts").required(match.required("text").asInt());
      if (refused(text) == false) {
        String image = images.get(match.required("image").asInt());
        assertSameScore(client, id, match, text.required("text").toString(), image);
        pairs++;
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%s in a node: %d pictures, %d texts, %d pairs; cosine at least %.8f, logits differ by at"
            + " most %.2e; %.1f s%n",
        id,
        images.size(),
        texts,
        pairs,
        minCosine,
        maxDifference,
        (System.nanoTime() - start) / 1e9);
  }

  /** The REST interface takes no empty text. */
  private static boolean refused(JsonNode text) {
    return text.required("text").asText().isEmpty();
  }

  private void assertSameEmbedding(HttpJson client, String model, JsonNode expected, String input) {
    List<float[]> wanted = Requests.vectors(expected.required("embedding"));
    List<float[]> found = Requests.embeddings(client, model, List.of(input)).get(0);
    assertEquals(wanted.size(), found.size());
    for (int i = 0; i < wanted.size(); i++) {
      double cosine = Requests.cosine(wanted.get(i), found.get(i));
      minCosine = Math.min(minCosine, cosine);
      String what = expected.path("file").asText() + expected.path("text").asText();
      assertTrue(cosine >= MIN_COSINE, what + ", vector " + i + ": cosine " + cosine);
    }
  }

  private void assertSameScore(
      HttpJson client, String model, JsonNode expected, String text, String image) {
    JsonNode score = Requests.matches(client, model, text, List.of(image)).required(0);
    float[] wanted = PhotoIndex.floats(expected.required("logits"));
    float[] found = PhotoIndex.floats(score.required("logits"));
    assertEquals(2, found.length);
    String what = "image " + expected.required("image") + ", text " + expected.required("text");
    for (int i = 0; i < wanted.length; i++) {
      double difference = Math.abs(wanted[i] - found[i]);
      maxDifference = Math.max(maxDifference, difference);
      assertEquals(0, difference, MAX_DIFFERENCE, what);
    }
    for (String name : new String[] {"probability", "similarity"}) {
      double value = score.required(name).asDouble();
      assertEquals(expected.required(name).asDouble(), value, MAX_DIFFERENCE, what + ", " + name);
    }
  }
}
