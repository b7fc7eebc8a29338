package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Crop;
import org.sightline.runtime.bundle.ImageSpec.CropRounding;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Patches;
import org.sightline.runtime.bundle.ImageSpec.Resize;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.testsupport.load.Allocated;

/** What decoding and resizing allocate, of every format and shape, against what was announced. */
class WorkingBytesTest {
  /** Copies of the encoded picture, and small things. */
  private static final long BESIDE = 1 << 20;

  private static final int[][] SHAPES = {
    {1500, 1100}, {60_000, 20}, {20, 60_000}, {300, 30_000}, {65_500, 1}, {1, 65_500}, {64, 64}
  };

  static Stream<Arguments> pictures() {
    return Stream.of("png", "gif", "bmp", "tiff", "jpeg")
        .flatMap(
            format -> Stream.of(SHAPES).map(shape -> Arguments.of(format, shape[0], shape[1])));
  }

  @ParameterizedTest
  @MethodSource("pictures")
  void noMoreIsAllocatedThanWasAnnounced(String format, int width, int height) throws IOException {
    byte[] encoded = encoded(format, width, height);
    for (Resize resize : Resize.values()) {
      ImageSpec spec = spec(resize);
      ImageDecoder decoder = new ImageDecoder(1 << 26, 100_000_000, 1 << 30);
      allocated(decoder, encoded, spec); // classes are loaded
      long taken = allocated(decoder, encoded, spec);
      long announced;
      try (CheckedImage image = decoder.open(encoded, spec)) {
        announced = image.workingBytes();
        // the JDK's reader makes garbage of each row
        announced += format.equals("png") ? image.header().decodedBytes() : 0;
      }
      assertTrue(
          taken <= announced + 3L * encoded.length + BESIDE,
          resize + ": allocated " + taken + ", announced " + announced);
    }
  }

  private static long allocated(ImageDecoder decoder, byte[] encoded, ImageSpec spec) {
    ImagePreprocessor preprocessor = new ImagePreprocessor(spec);
    long before = Allocated.byThisThread();
    try (CheckedImage image = decoder.open(encoded, spec)) {
      preprocessor.resize(image.decode());
    }
    return Allocated.byThisThread() - before;
  }

  private static ImageSpec spec(Resize resize) {
    List<Float> half = List.of(0.5f, 0.5f, 0.5f);
    boolean patches = resize == Resize.PATCHES;
    return new ImageSpec(
        224,
        224,
        resize,
        Interpolation.BICUBIC,
        resize == Resize.SHORTEST_EDGE ? Crop.CENTER : Crop.NONE,
        CropRounding.FLOOR,
        half,
        half,
        Transparency.DROP,
        Orientation.EXIF,
        patches ? new Patches(16, 182) : null);
  }

  private static byte[] encoded(String format, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(3);
    for (int i = 0; i < 2_000; i++) {
      image.setRGB(random.nextInt(width), random.nextInt(height), random.nextInt());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, new MemoryCacheImageOutputStream(out)), format);
    return out.toByteArray();
  }
}
