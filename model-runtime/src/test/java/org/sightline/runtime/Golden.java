package org.sightline.runtime;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sightline.runtime.inference.InferenceInput;

/** Numbers that a model must give, computed by PyTorch, transformers and Pillow. */
public record Golden(
    double embeddingTolerance,
    double logitTolerance,
    double pixelTolerance,
    List<Image> images,
    List<Text> texts,
    List<Match> matches) {
  public static final Path FIXTURES = Path.of("src/test/fixtures");

  /**
   * @param embedding one vector or several, as many as the model has an image
   */
  record Image(
      Path file,
      int width,
      int height,
      List<float[]> embedding,
      float[] pixelsMean,
      float[][] pixelsCorner,
      boolean lossy,
      double minCosine) {
    byte[] bytes() throws IOException {
      return Files.readAllBytes(file);
    }
  }

  record Text(String text, long[] ids, float[] embedding) {
    boolean isBlank() {
      return InferenceInput.Text.isBlank(text);
    }
  }

  record Match(
      int image,
      int text,
      long[] ids,
      float[] logits,
      double probability,
      double similarity,
      boolean lossy) {}

  static Golden of(String modelId) throws IOException {
    return read(FIXTURES.resolve(modelId + ".golden.json"));
  }

  /** Numbers of a file anywhere; its pictures are those of {@link #FIXTURES}. */
  static Golden read(Path file) throws IOException {
    JsonObject json = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    JsonObject tolerance = json.getAsJsonObject("tolerance");
    List<Text> texts = texts(json.getAsJsonArray("texts"));
    List<Match> matches = json.has("matches") ? matches(json.getAsJsonArray("matches")) : List.of();
    return new Golden(
        tolerance.get("embedding").getAsDouble(),
        tolerance.get("logits").getAsDouble(),
        tolerance.get("pixels").getAsDouble(),
        images(json.getAsJsonArray("images")),
        texts,
        matches.stream().filter(match -> texts.get(match.text()).isBlank() == false).toList());
  }

  /** Those that the runtime embeds: references also embed the empty text. */
  List<Text> contentfulTexts() {
    return texts.stream().filter(text -> text.isBlank() == false).toList();
  }

  private static List<Image> images(JsonArray array) {
    List<Image> images = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject image = element.getAsJsonObject();
      boolean lossy = image.get("lossy").getAsBoolean();
      JsonArray corner = image.getAsJsonArray("pixels_corner");
      images.add(
          new Image(
              FIXTURES.resolve(image.get("file").getAsString()),
              image.get("width").getAsInt(),
              image.get("height").getAsInt(),
              vectors(image.getAsJsonArray("embedding")),
              floats(image.getAsJsonArray("pixels_mean")),
              new float[][] {
                floats(corner.get(0).getAsJsonArray()),
                floats(corner.get(1).getAsJsonArray()),
                floats(corner.get(2).getAsJsonArray())
              },
              lossy,
              lossy ? image.get("min_cosine").getAsDouble() : 1));
    }
    return images;
  }

  private static List<Text> texts(JsonArray array) {
    List<Text> texts = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject text = element.getAsJsonObject();
      texts.add(
          new Text(
              text.get("text").getAsString(),
              longs(text.getAsJsonArray("ids")),
              floats(text.getAsJsonArray("embedding"))));
    }
    return texts;
  }

  private static List<Match> matches(JsonArray array) {
    List<Match> matches = new ArrayList<>();
    for (JsonElement element : array) {
      JsonObject match = element.getAsJsonObject();
      matches.add(
          new Match(
              match.get("image").getAsInt(),
              match.get("text").getAsInt(),
              longs(match.getAsJsonArray("ids")),
              floats(match.getAsJsonArray("logits")),
              match.get("probability").getAsDouble(),
              match.get("similarity").getAsDouble(),
              match.has("lossy") && match.get("lossy").getAsBoolean()));
    }
    return matches;
  }

  /** One vector, or a list of them where a model has several an image. */
  private static List<float[]> vectors(JsonArray array) {
    if (array.get(0).isJsonArray() == false) {
      return List.of(floats(array));
    }
    return array.asList().stream().map(vector -> floats(vector.getAsJsonArray())).toList();
  }

  private static float[] floats(JsonArray array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).getAsFloat();
    }
    return values;
  }

  private static long[] longs(JsonArray array) {
    return array.asList().stream().mapToLong(JsonElement::getAsLong).toArray();
  }
}
