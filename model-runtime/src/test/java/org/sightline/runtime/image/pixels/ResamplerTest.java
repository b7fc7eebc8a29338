package org.sightline.runtime.image.pixels;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.CropRounding;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.Formats;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.UprightRows;
import org.sightline.runtime.image.formats.Orientations;
import org.sightline.runtime.inference.Digest;

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
      Interpolation filter = filter(resize);
      JsonObject from = resize.getAsJsonObject("from");
      JsonObject to = resize.getAsJsonObject("to");
      boolean grey = resize.get("mode").getAsString().equals("L");
      int width = to.get("width").getAsInt();
      int height = to.get("height").getAsInt();
      RgbRows source =
          pixels(
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

  /** Random sizes, and pictures of every form that is decoded without loss, by digest. */
  @Test
  void equalsPillowForRandomSizesAndEveryMode() throws IOException {
    JsonObject json = json("resize-random.json");
    ImageDecoder decoder = new ImageDecoder(1 << 20, 1 << 20, 1 << 24);
    int generated = 0;
    int decoded = 0;
    for (JsonElement element : json.getAsJsonArray("cases")) {
      JsonObject resize = element.getAsJsonObject();
      PixelRows source;
      if (resize.has("file")) {
        byte[] encoded = Formats.read(resize.get("file").getAsString());
        source = decoder.decode(encoded, Transparency.DROP);
        decoded++;
      } else {
        JsonArray from = resize.getAsJsonArray("from");
        source =
            generated(
                from.get(0).getAsInt(), from.get(1).getAsInt(), resize.get("seed").getAsInt());
        generated++;
      }
      assertResizes(resize, source);
    }
    assertTrue(generated >= 200, "generated: " + generated);
    assertTrue(decoded >= 200, "decoded: " + decoded);
  }

  /** Rows that end within a pixel, as pictures do that were decoded in a fraction of their size. */
  @Test
  void equalsPillowForBoxes() throws IOException {
    JsonObject json = json("resize-box.json");
    int cases = 0;
    for (JsonElement element : json.getAsJsonArray("cases")) {
      JsonObject resize = element.getAsJsonObject();
      JsonArray full = resize.getAsJsonArray("full");
      Extent extent =
          Extent.reduced(
              full.get(0).getAsInt(), full.get(1).getAsInt(), resize.get("reduction").getAsInt());
      RgbRows pixels =
          generated(
              (int) Math.ceil(extent.width()),
              (int) Math.ceil(extent.height()),
              resize.get("seed").getAsInt());
      assertResizes(resize, reduced(pixels, extent));
      cases++;
    }
    assertTrue(cases >= 100, "cases: " + cases);
  }

  /** What OpenCLIP's transform makes of sizes that leave every kind of margin to its crop. */
  @Test
  void cropsEqualOpenClips() throws IOException {
    JsonObject json = json("open-clip-crops.json");
    int halfEven = 0;
    for (JsonElement element : json.getAsJsonArray("cases")) {
      JsonObject crop = element.getAsJsonObject();
      int width = crop.getAsJsonArray("from").get(0).getAsInt();
      int height = crop.getAsJsonArray("from").get(1).getAsInt();
      ImageSpec floored = shortestEdge(crop.get("edge").getAsInt(), filter(crop));
      RgbRows image = generated(width, height, crop.get("seed").getAsInt());
      String expected = crop.get("sha256").getAsString();
      assertEquals(
          expected,
          cropped(floored.withCropRounding(CropRounding.HALF_EVEN), image),
          () -> crop.toString());
      halfEven += expected.equals(cropped(floored, image)) ? 0 : 1;
    }
    assertTrue(halfEven >= 20, "crops that would begin elsewhere: " + halfEven);
  }

  private static String cropped(ImageSpec spec, RgbRows image) {
    return Digest.sha256(new ImagePreprocessor(spec).resize(image));
  }

  private static ImageSpec shortestEdge(int edge, Interpolation interpolation) {
    return new ImageSpec(
        edge,
        edge,
        ImageSpec.Resize.SHORTEST_EDGE,
        interpolation,
        ImageSpec.Crop.CENTER,
        List.of(0f, 0f, 0f),
        List.of(1f, 1f, 1f),
        Transparency.DROP,
        ImageSpec.Orientation.EXIF);
  }

  /** Wherever the picture begins after it was turned, the same samples are mixed. */
  @Test
  void aTurnedBoxIsResizedToTheTurnedPicture() {
    Extent extent = Extent.reduced(203, 141, 8);
    PixelRows source = reduced(noise(26, 18), extent);
    byte[] upright = resized(source, 13, 9);
    for (int orientation = 2; orientation <= 8; orientation++) {
      boolean turns = Orientations.turns(orientation);
      byte[] first = resized(UprightRows.of(source, orientation), turns ? 9 : 13, turns ? 13 : 9);
      PixelRows expected = UprightRows.of(pixels(13, 9, upright), orientation);
      byte[] row = new byte[3 * expected.width()];
      for (int y = 0; y < expected.height(); y++) {
        expected.row(y, row);
        for (int i = 0; i < row.length; i++) {
          // rows are rounded before columns, so the last place may differ
          assertEquals(
              row[i] & 0xFF, first[y * row.length + i] & 0xFF, 2, "orientation " + orientation);
        }
      }
    }
  }

  private static byte[] resized(PixelRows source, int width, int height) {
    return Resampler.resize(
        source, Interpolation.BICUBIC, new Resampler.Target(width, height, 0, 0, width, height));
  }

  private static JsonObject json(String file) throws IOException {
    return JsonParser.parseString(Files.readString(FIXTURES.resolve(file))).getAsJsonObject();
  }

  private static Interpolation filter(JsonObject resize) {
    return Interpolation.valueOf(resize.get("filter").getAsString().toUpperCase(Locale.ROOT));
  }

  private static void assertResizes(JsonObject resize, PixelRows source) {
    int width = resize.getAsJsonArray("to").get(0).getAsInt();
    int height = resize.getAsJsonArray("to").get(1).getAsInt();
    Resampler.Target target = new Resampler.Target(width, height, 0, 0, width, height);
    byte[] actual = Resampler.resize(source, filter(resize), target);
    assertEquals(resize.get("sha256").getAsString(), Digest.sha256(actual), resize::toString);
  }

  private static RgbRows pixels(int width, int height, byte[] rgb) {
    return new RgbRows(width, height, Extent.whole(width, height), rgb);
  }

  /** Random pixels, the same in every run. */
  private static RgbRows noise(int width, int height) {
    byte[] rgb = new byte[3 * width * height];
    new Random(42).nextBytes(rgb);
    return pixels(width, height, rgb);
  }

  private static PixelRows reduced(RgbRows pixels, Extent extent) {
    return new RgbRows(pixels.width(), pixels.height(), extent, pixels.rgb());
  }

  /** The pixels that {@code fixture_maker/resize.py} makes. */
  private static RgbRows generated(int width, int height, int seed) {
    byte[] rgb = new byte[3 * width * height];
    for (int i = 0; i < rgb.length; i++) {
      int x = i * (int) 2654435761L + seed;
      x ^= x >>> 15;
      x *= (int) 2246822519L;
      x ^= x >>> 13;
      rgb[i] = (byte) (x >>> 24);
    }
    return pixels(width, height, rgb);
  }

  @Test
  void aPartEqualsTheSamePartOfTheWhole() {
    RgbRows source = noise(61, 47);
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
  void aPictureOfTheWantedSizeStaysAsItIs() {
    RgbRows source = noise(61, 47);
    for (Interpolation filter : Interpolation.values()) {
      byte[] whole = Resampler.resize(source, filter, new Resampler.Target(61, 47, 0, 0, 61, 47));
      assertArrayEquals(source.rgb(), whole, filter + " in whole");
      byte[] part = Resampler.resize(source, filter, new Resampler.Target(61, 47, 20, 3, 30, 40));
      for (int y = 0; y < 40; y++) {
        int from = 3 * ((y + 3) * 61 + 20);
        assertArrayEquals(
            Arrays.copyOfRange(source.rgb(), from, from + 3 * 30),
            Arrays.copyOfRange(part, 3 * 30 * y, 3 * 30 * (y + 1)),
            filter + " row " + y);
      }
    }
  }

  @Test
  void aPartOfAnEnormousTargetCostsOnlyThePart() {
    // one pixel wide, as high as a header may say: shortest_edge would make 32 x 3.2 billion
    RgbRows source = noise(1, 100_000);
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
