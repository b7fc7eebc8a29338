package org.sightline.image;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.sightline.bundle.ImageSpec.Interpolation;

/** Pillow's results, byte for byte. */
class ResamplerTest {
  private static final Path FIXTURES = Path.of("src/test/fixtures");

  @Test
  void equalsPillowBitForBit() throws IOException {
    JsonObject json =
        JsonParser.parseString(Files.readString(FIXTURES.resolve("resize.json"))).getAsJsonObject();
    byte[] data = Files.readAllBytes(FIXTURES.resolve(json.get("file").getAsString()));
    int cases = 0;
    for (JsonElement element : json.getAsJsonArray("cases")) {
      JsonObject resize = element.getAsJsonObject();
      Interpolation filter =
          Interpolation.valueOf(resize.get("filter").getAsString().toUpperCase(Locale.ROOT));
      JsonObject from = resize.getAsJsonObject("from");
      JsonObject to = resize.getAsJsonObject("to");
      boolean grey = resize.get("mode").getAsString().equals("L");
      int width = to.get("width").getAsInt();
      int height = to.get("height").getAsInt();
      Pixels source =
          new Pixels(
              from.get("width").getAsInt(),
              from.get("height").getAsInt(),
              asRgb(bytes(data, from), grey));

      byte[] actual =
          Resampler.resize(
              source, filter, new Resampler.Target(width, height, 0, 0, width, height));

      assertArrayEquals(asRgb(bytes(data, to), grey), actual, resize.toString());
      cases++;
    }
    assertTrue(cases >= 100, "cases: " + cases);
  }

  @Test
  void aPartEqualsTheSamePartOfTheWhole() {
    Pixels source = Pixels.noise(61, 47);
    for (Interpolation filter : Interpolation.values()) {
      byte[] whole = Resampler.resize(source, filter, new Resampler.Target(90, 33, 0, 0, 90, 33));
      byte[] part = Resampler.resize(source, filter, new Resampler.Target(90, 33, 29, 1, 32, 31));
      for (int y = 0; y < 31; y++) {
        int from = 3 * ((y + 1) * 90 + 29);
        assertArrayEquals(
            Arrays.copyOfRange(whole, from, from + 3 * 32),
            Arrays.copyOfRange(part, 3 * 32 * y, 3 * 32 * (y + 1)),
            filter + " row " + y);
      }
    }
  }

  @Test
  void aPartOfAnEnormousTargetCostsOnlyThePart() {
    // one pixel wide, as high as a header may say: shortest_edge would make 32 x 3.2 billion
    Pixels source = Pixels.noise(1, 100_000);
    byte[] part =
        Resampler.resize(
            source,
            Interpolation.BICUBIC,
            new Resampler.Target(32, 3_200_000_000L, 0, 1_600_000_000L, 32, 32));
    assertTrue(part.length == 32 * 32 * 3);
  }

  private static byte[] bytes(byte[] data, JsonObject part) {
    int offset = part.get("offset").getAsInt();
    return Arrays.copyOfRange(data, offset, offset + part.get("length").getAsInt());
  }

  private static byte[] asRgb(byte[] pixels, boolean grey) {
    if (!grey) {
      return pixels;
    }
    byte[] rgb = new byte[3 * pixels.length];
    for (int i = 0; i < pixels.length; i++) {
      Arrays.fill(rgb, 3 * i, 3 * i + 3, pixels[i]);
    }
    return rgb;
  }
}
