package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.bundle.ImageSpec;
import org.sightline.bundle.ImageSpec.Orientation;
import org.sightline.image.ImageDecoder;
import org.sightline.image.ImagePreprocessor;

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

  private static float[] pixels(byte[] encoded, Orientation orientation) {
    ImagePreprocessor preprocessor = new ImagePreprocessor(spec(orientation));
    ImageStage stage =
        new ImageStage(DECODER, preprocessor, new DecodeBudget(1 << 24), new RuntimeMetrics());
    return stage.pixels(encoded);
  }

  @Test
  void theBundleSaysWhetherExifTurnsThePicture() throws IOException {
    byte[] encoded = Files.readAllBytes(IMAGES.resolve("orientation-3.jpg"));
    float[] turned = pixels(encoded, Orientation.EXIF);
    float[] stored = pixels(encoded, Orientation.IGNORE);
    assertFalse(Arrays.equals(turned, stored));
    // orientation 3 is half a turn; resizing is symmetric but for rounding in the last place
    float[] turnedBack = new float[turned.length];
    for (int channel = 0, plane = 16 * 16; channel < 3; channel++) {
      for (int i = 0; i < plane; i++) {
        turnedBack[channel * plane + i] = turned[channel * plane + plane - 1 - i];
      }
    }
    assertArrayEquals(stored, turnedBack, 2f / 127);
  }
}
