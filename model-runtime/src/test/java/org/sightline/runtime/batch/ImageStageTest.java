package org.sightline.runtime.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.scheduler.DecodeBudget;
import org.sightline.runtime.stats.RuntimeMetrics;

class ImageStageTest {
  private static final Path IMAGES = Path.of("src/test/fixtures/images-formats");
  private static final ImageDecoder DECODER = new ImageDecoder(1 << 20, 1 << 20, 1 << 24);

  private static ImageSpec spec(Orientation orientation) {
    List<Float> half = List.of(0.5f, 0.5f, 0.5f);
    return new ImageSpec(
        16,
        16,
        ImageSpec.Resize.SQUASH,
        ImageSpec.Interpolation.BICUBIC,
        ImageSpec.Crop.NONE,
        half,
        half,
        ImageSpec.Transparency.DROP,
        orientation);
  }

  private static byte[] prepared(byte[] encoded, Orientation orientation) {
    ImagePreprocessor preprocessor = new ImagePreprocessor(spec(orientation));
    ImageStage stage =
        new ImageStage(
            DECODER,
            preprocessor,
            new DecodeBudget(1 << 24, HeapAccount.NONE),
            new RuntimeMetrics());
    return stage.prepare(encoded, null);
  }

  @Test
  void theBundleSaysWhetherExifTurnsThePicture() throws IOException {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("orientation-3.jpg"));
    byte[] turned = prepared(encoded, Orientation.EXIF);
    byte[] stored = prepared(encoded, Orientation.IGNORE);
    assertFalse(Arrays.equals(turned, stored));
    // orientation 3 is half a turn; resizing is symmetric but for rounding in the last place
    for (int i = 0, pixels = 16 * 16; i < pixels; i++) {
      for (int channel = 0; channel < 3; channel++) {
        int there = turned[3 * (pixels - 1 - i) + channel] & 0xFF;
        assertEquals(stored[3 * i + channel] & 0xFF, there, 1, "pixel " + i);
      }
    }
  }
}
