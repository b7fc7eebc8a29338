package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.image.Jpegs;
import org.sightline.runtime.image.pixels.RgbRows;
import org.sightline.runtime.inference.InferenceInput;

/** Embeddings of large JPEGs, which are decoded in a fraction, and of the same pixels as BMP. */
class ScaledDecodingTest extends RuntimeTestCase {
  private static final Path PICTURES = Golden.FIXTURES.resolve("images-captions");
  private static final String MODEL = "emoji-clip";

  private static List<Path> pictures() throws IOException {
    try (var files = Files.list(PICTURES)) {
      return files.filter(file -> file.toString().endsWith(".png")).sorted().toList();
    }
  }

  /** A picture of the gallery, on white, as large as from a camera. */
  private static BufferedImage enlarged(Path file, int width, int height) throws IOException {
    BufferedImage small =
        ImageIO.read(
            new MemoryCacheImageInputStream(new ByteArrayInputStream(Files.readAllBytes(file))));
    BufferedImage large = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = large.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    graphics.setColor(Color.WHITE);
    graphics.fillRect(0, 0, width, height);
    graphics.drawImage(small, 0, 0, width, height, null);
    graphics.dispose();
    return large;
  }

  /** All pixels of a JPEG, in a format that is decoded in full. */
  private static byte[] bmp(byte[] jpeg) throws IOException {
    RgbRows image = new ImageDecoder(1 << 28, 1 << 28, 1 << 28).decode(jpeg, Transparency.DROP);
    BufferedImage copy =
        new BufferedImage(image.width(), image.height(), BufferedImage.TYPE_INT_RGB);
    byte[] rgb = image.rgb();
    for (int i = 0, at = 0; i < rgb.length / 3; i++, at += 3) {
      int pixel = (rgb[at] & 0xFF) << 16 | (rgb[at + 1] & 0xFF) << 8 | rgb[at + 2] & 0xFF;
      copy.setRGB(i % image.width(), i / image.width(), pixel);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(copy, "bmp", new MemoryCacheImageOutputStream(out)));
    return out.toByteArray();
  }

  private double least(List<byte[]> jpegs) throws Exception {
    assertNull(JpegDecoder.ofThisProcess().reason());
    LocalRuntime runtime = open(limits(), Path.of("bundles"));
    double least = 1;
    for (byte[] jpeg : jpegs) {
      var response =
          embed(runtime, MODEL, InferenceInput.Image.of(jpeg), InferenceInput.Image.of(bmp(jpeg)));
      float[] scaled = single(response.results().get(0));
      float[] full = single(response.results().get(1));
      assertTrue(largestDifference(scaled, full) > 0, "decoded in full both times");
      least = Math.min(least, cosine(scaled, full));
    }
    return least;
  }

  @ParameterizedTest
  @ValueSource(ints = {1100, 1600, 2400})
  void embeddingsOfLargePicturesHardlyChange(int side) throws Exception {
    List<byte[]> jpegs = new ArrayList<>();
    for (Path file : pictures()) {
      jpegs.add(Jpegs.encode(enlarged(file, side, side - 77), false));
    }
    assertTrue(jpegs.size() >= 4, "pictures: " + jpegs.size());
    double least = least(jpegs);
    assertTrue(least >= 0.9999, side + " pixels: cosine " + least);
  }

  /** Hard edges and noise, the worst there is for it. */
  @Test
  void embeddingsOfHardEdgesHardlyChange() throws Exception {
    double least =
        least(
            List.of(
                Jpegs.encode(Jpegs.scene(1203, 899, false), false),
                Jpegs.encode(Jpegs.scene(1999, 1501, false), true)));
    assertTrue(least >= 0.9999, "cosine " + least);
  }

  @Test
  void smallPicturesAreExact() throws Exception {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(999, 1000, false), false);
    LocalRuntime runtime = open(limits(), Path.of("bundles"));
    var response =
        embed(runtime, MODEL, InferenceInput.Image.of(jpeg), InferenceInput.Image.of(bmp(jpeg)));
    assertEquals(
        0, largestDifference(single(response.results().get(0)), single(response.results().get(1))));
  }
}
