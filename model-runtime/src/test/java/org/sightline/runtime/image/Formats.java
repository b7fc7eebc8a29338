package org.sightline.runtime.image;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Pictures in all formats with Pillow's pixels, from {@code images-formats}. */
public final class Formats {
  static final Path FOLDER = Path.of("src/test/fixtures/images-formats");

  private Formats() {}

  /** RGB as it must come out. */
  public record Expected(int width, int height, byte[] rgb) {}

  /**
   * @param maxDifference largest difference of a sample
   * @param meanDifference mean difference of all samples
   * @param white on white, where that is different
   * @param ignored without EXIF orientation, where there is one; otherwise null
   */
  public record Case(
      String file,
      int maxDifference,
      double meanDifference,
      Expected rgb,
      Expected white,
      Expected ignored) {
    public byte[] encoded() {
      return read(file);
    }

    @Override
    public String toString() {
      return file;
    }
  }

  public static byte[] read(String file) {
    try {
      return Files.readAllBytes(FOLDER.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<Case> cases() {
    byte[] pixels = read("pixels.bin");
    JsonObject root =
        JsonParser.parseString(new String(read("formats.json"), StandardCharsets.UTF_8))
            .getAsJsonObject();
    List<Case> cases = new ArrayList<>();
    for (JsonElement element : root.getAsJsonArray("cases")) {
      JsonObject json = element.getAsJsonObject();
      JsonObject differs = json.getAsJsonObject("differs");
      Expected rgb = expected(json.getAsJsonObject("rgb"), pixels);
      cases.add(
          new Case(
              json.get("file").getAsString(),
              differs.get("max").getAsInt(),
              differs.get("mean").getAsDouble(),
              rgb,
              json.has("white") ? expected(json.getAsJsonObject("white"), pixels) : rgb,
              json.has("ignored") ? expected(json.getAsJsonObject("ignored"), pixels) : null));
    }
    return cases;
  }

  private static Expected expected(JsonObject json, byte[] pixels) {
    int width = json.get("width").getAsInt();
    int height = json.get("height").getAsInt();
    int from = json.get("offset").getAsInt();
    return new Expected(width, height, Arrays.copyOfRange(pixels, from, from + 3 * width * height));
  }
}
