package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.image.pixels.RgbRows;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.text.TextCleaner;
import org.sightline.runtime.text.TextTokenizer;

/** The whole path against the reference implementation, for every bundle there is. */
class GoldenTest extends RuntimeTestCase {

  /** Every model that has golden numbers. */
  static List<String> models() throws IOException {
    String suffix = ".golden.json";
    try (Stream<Path> files = Files.list(Golden.FIXTURES)) {
      List<String> models =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(suffix))
              .map(name -> name.substring(0, name.length() - suffix.length()))
              .sorted()
              .toList();
      assertTrue(
          models.containsAll(
              List.of(
                  "tiny-clip",
                  "tiny-blip",
                  "tiny-siglip",
                  "tiny-albef",
                  "tiny-blip2",
                  "tiny-openclip")),
          models.toString());
      return models;
    }
  }

  static List<String> matchers() throws IOException {
    List<String> matchers = new ArrayList<>();
    for (String model : models()) {
      if (bundle(model).manifest().has(Role.MATCHING)) {
        matchers.add(model);
      }
    }
    return matchers;
  }

  static Path folder(String model) {
    List<Path> parents =
        List.of(Golden.FIXTURES, Golden.FIXTURES.resolve("families"), Path.of("bundles"));
    return parents.stream()
        .filter(parent -> Files.isDirectory(parent.resolve(model)))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no bundle [" + model + "] in " + parents));
  }

  private static Bundle bundle(String model) {
    return Bundle.read(folder(model).resolve(model));
  }

  @ParameterizedTest
  @MethodSource("models")
  void pixels(String model) throws Exception {
    Golden golden = Golden.of(model);
    BundleManifest manifest = bundle(model).manifest();
    ImageDecoder decoder = new ImageDecoder(1 << 20, 1 << 20, 1 << 24);
    ImagePreprocessor preprocessor = new ImagePreprocessor(manifest.image());
    for (Golden.Image expected : golden.images()) {
      RgbRows image = decoder.decode(expected.bytes(), manifest.image().transparency());
      assertEquals(expected.width(), image.width(), expected.file().toString());
      assertEquals(expected.height(), image.height(), expected.file().toString());
      if (expected.lossy()) {
        continue;
      }
      float[] pixels = preprocessor.pixels(image);
      int plane = manifest.image().width() * manifest.image().height();
      for (int channel = 0; channel < 3; channel++) {
        double sum = 0;
        for (int i = 0; i < plane; i++) {
          sum += pixels[channel * plane + i];
        }
        String where = expected.file() + " channel " + channel;
        for (int i = 0; i < 4; i++) {
          assertEquals(
              expected.pixelsCorner()[channel][i],
              pixels[channel * plane + i],
              golden.pixelTolerance(),
              where + " value " + i);
        }
        assertEquals(expected.pixelsMean()[channel], sum / plane, golden.pixelTolerance(), where);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void ids(String model) throws Exception {
    Bundle bundle = bundle(model);
    TextTokenizer tokenizer =
        TextTokenizer.open(bundle.file(BundleManifest.TOKENIZER), bundle.manifest().text());
    TextCleaner cleaner = new TextCleaner(bundle.manifest().text().cleaning());
    try {
      for (Golden.Text expected : Golden.of(model).texts()) {
        assertArrayEquals(
            expected.ids(), tokenizer.ids(cleaner.clean(expected.text())), expected.text());
      }
    } finally {
      tokenizer.decRef();
    }
  }

  @ParameterizedTest
  @MethodSource("models")
  void embeddings(String model) throws Exception {
    Golden golden = Golden.of(model);
    LocalRuntime runtime = open(limits(), folder(model));
    List<InferenceInput> inputs = new ArrayList<>();
    for (Golden.Image image : golden.images()) {
      inputs.add(InferenceInput.Image.of(image.bytes()));
    }
    List<Golden.Text> texts = golden.contentfulTexts();
    for (Golden.Text text : texts) {
      inputs.add(text(text.text()));
    }

    EmbedResponse response = embed(runtime, model, inputs.toArray(InferenceInput[]::new));

    for (int i = 0; i < golden.images().size(); i++) {
      Golden.Image expected = golden.images().get(i);
      List<float[]> actual = response.results().get(i).orThrow().vectors();
      assertEquals(expected.embedding().size(), actual.size(), expected.file().toString());
      for (int vector = 0; vector < actual.size(); vector++) {
        assertClose(expected, vector, actual.get(vector), golden);
      }
    }
    for (int i = 0; i < texts.size(); i++) {
      Golden.Text expected = texts.get(i);
      float[] actual = single(response.results().get(golden.images().size() + i));
      assertClose(expected.embedding(), actual, golden, expected.text());
    }
  }

  private static void assertClose(
      Golden.Image expected, int vector, float[] actual, Golden golden) {
    float[] wanted = expected.embedding().get(vector);
    String what = expected.file() + " vector " + vector;
    if (expected.lossy()) {
      double cosine = cosine(wanted, actual);
      assertTrue(cosine >= expected.minCosine(), what + ": cosine " + cosine);
    } else {
      assertClose(wanted, actual, golden, what);
    }
  }

  private static void assertClose(float[] expected, float[] actual, Golden golden, String what) {
    double tolerance = golden.embeddingTolerance();
    assertEquals(0, largestDifference(expected, actual), tolerance, what);
    assertEquals(1, cosine(expected, actual), tolerance, what);
  }

  @ParameterizedTest
  @MethodSource("matchers")
  void matchesOfOneTextWithImages(String model) throws Exception {
    Golden golden = Golden.of(model);
    LocalRuntime runtime = open(limits(), folder(model));
    for (int text : texts(golden)) {
      List<Golden.Match> matches =
          golden.matches().stream().filter(match -> match.text() == text).toList();
      List<InferenceInput> images = new ArrayList<>();
      for (Golden.Match match : matches) {
        images.add(InferenceInput.Image.of(golden.images().get(match.image()).bytes()));
      }
      MatchResponse response =
          match(
              runtime,
              model,
              text(golden.texts().get(text).text()),
              images.toArray(InferenceInput[]::new));
      for (int i = 0; i < matches.size(); i++) {
        assertClose(matches.get(i), response.results().get(i).orThrow(), golden);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("matchers")
  void matchesOfOneImageWithTexts(String model) throws Exception {
    Golden golden = Golden.of(model);
    LocalRuntime runtime = open(limits(), folder(model));
    for (int image : golden.matches().stream().mapToInt(Golden.Match::image).distinct().toArray()) {
      List<Golden.Match> matches =
          golden.matches().stream().filter(match -> match.image() == image).toList();
      InferenceInput[] texts =
          matches.stream()
              .map(match -> text(golden.texts().get(match.text()).text()))
              .toArray(InferenceInput[]::new);
      MatchResponse response =
          match(runtime, model, InferenceInput.Image.of(golden.images().get(image).bytes()), texts);
      for (int i = 0; i < matches.size(); i++) {
        assertClose(matches.get(i), response.results().get(i).orThrow(), golden);
      }
    }
  }

  private static int[] texts(Golden golden) {
    int[] texts = golden.matches().stream().mapToInt(Golden.Match::text).distinct().toArray();
    assertTrue(IntStream.of(texts).count() > 1, "golden matches");
    return texts;
  }

  private static void assertClose(Golden.Match expected, MatchScore actual, Golden golden) {
    double tolerance = golden.logitTolerance() * (expected.lossy() ? 10 : 1);
    String what = "image " + expected.image() + ", text " + expected.text();
    assertEquals(expected.logits()[0], actual.noMatchLogit(), tolerance, what);
    assertEquals(expected.logits()[1], actual.matchLogit(), tolerance, what);
    assertEquals(expected.probability(), actual.probability(), tolerance, what);
    assertEquals(expected.similarity(), actual.similarity(), tolerance, what);
  }
}
