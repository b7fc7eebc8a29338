package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;

/** Captions against those of the reference, for every model that has recorded ones. */
class CaptionGoldenTest extends RuntimeTestCase {
  private static final String SUFFIX = ".captions.json";

  static List<String> models() throws IOException {
    try (Stream<Path> files = Files.list(Golden.FIXTURES)) {
      List<String> models =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.endsWith(SUFFIX))
              .map(name -> name.substring(0, name.length() - SUFFIX.length()))
              .sorted()
              .toList();
      assertTrue(
          models.containsAll(List.of("tiny-blip-captioner", "tiny-blip2-captioner")),
          models.toString());
      return models;
    }
  }

  private static JsonObject recorded(String model) throws IOException {
    return JsonParser.parseString(Files.readString(Golden.FIXTURES.resolve(model + SUFFIX)))
        .getAsJsonObject();
  }

  private static List<InferenceInput.Image> images(JsonObject recorded) throws IOException {
    List<InferenceInput.Image> images = new ArrayList<>();
    for (JsonElement file : recorded.getAsJsonArray("images")) {
      images.add(
          InferenceInput.Image.of(Files.readAllBytes(Golden.FIXTURES.resolve(file.getAsString()))));
    }
    return images;
  }

  private LocalRuntime open(String model) {
    return open(limits(), GoldenTest.folder(model));
  }

  /** All images in one request, so that they run through the decoder together. */
  @ParameterizedTest
  @MethodSource("models")
  void batches(String model) throws Exception {
    JsonObject recorded = recorded(model);
    List<InferenceInput.Image> images = images(recorded);
    LocalRuntime runtime = open(model);
    for (JsonElement element : recorded.getAsJsonArray("captions")) {
      JsonObject entry = element.getAsJsonObject();
      List<Outcome<List<Caption>>> actual = captions(runtime, model, images, options(entry));
      assertEquals(images.size(), actual.size());
      for (int i = 0; i < images.size(); i++) {
        check(recorded, entry, i, actual.get(i).orThrow());
      }
    }
  }

  /** The same images one by one: nothing may depend on what runs beside it. */
  @ParameterizedTest
  @MethodSource("models")
  void singles(String model) throws Exception {
    JsonObject recorded = recorded(model);
    List<InferenceInput.Image> images = images(recorded);
    LocalRuntime runtime = open(model);
    for (JsonElement element : recorded.getAsJsonArray("captions")) {
      JsonObject entry = element.getAsJsonObject();
      for (int i = 0; i < images.size(); i++) {
        check(
            recorded,
            entry,
            i,
            captions(runtime, model, List.of(images.get(i)), options(entry)).get(0).orThrow());
      }
    }
  }

  private static void check(
      JsonObject recorded, JsonObject entry, int image, List<Caption> actual) {
    double tolerance = recorded.getAsJsonObject("tolerance").get("score").getAsDouble();
    JsonArray expected = entry.getAsJsonArray("results").get(image).getAsJsonArray();
    String where = entry.get("options") + " " + entry.get("prompt") + " image " + image;
    assertEquals(texts(expected), actual.stream().map(Caption::text).toList(), where);
    for (int i = 0; i < actual.size(); i++) {
      double score = expected.get(i).getAsJsonObject().get("score").getAsDouble();
      // with a negative penalty scores are sums multiplied by lengths
      assertEquals(score, actual.get(i).score(), tolerance * Math.max(1, Math.abs(score)), where);
    }
  }

  private static List<String> texts(JsonArray captions) {
    List<String> texts = new ArrayList<>();
    for (JsonElement caption : captions) {
      texts.add(caption.getAsJsonObject().get("text").getAsString());
    }
    return texts;
  }

  private static CaptionOptions options(JsonObject entry) {
    JsonObject options = entry.getAsJsonObject("options");
    JsonElement prompt = entry.get("prompt");
    return new CaptionOptions(
        prompt.isJsonNull() ? null : prompt.getAsString(),
        options.get("num_return_sequences").getAsInt(),
        options.get("num_beams").getAsInt(),
        options.get("max_length").getAsInt(),
        options.get("min_length").getAsInt(),
        options.get("repetition_penalty").getAsDouble(),
        options.get("length_penalty").getAsDouble(),
        null,
        null);
  }
}
