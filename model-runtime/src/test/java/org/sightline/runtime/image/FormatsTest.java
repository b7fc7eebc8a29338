package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.pixels.RgbRows;

/** Every format and form equals Pillow: bit for bit, but for JPEG's rounding. */
public class FormatsTest {
  private final ImageDecoder decoder = new ImageDecoder(1 << 20, 1_000_000, 8_000_000);

  static List<Formats.Case> all() {
    return Formats.cases();
  }

  static Stream<Formats.Case> oriented() {
    return all().stream().filter(picture -> picture.ignored() != null);
  }

  @ParameterizedTest
  @MethodSource("all")
  void pixelsEqualPillow(Formats.Case picture) {
    byte[] encoded = picture.encoded();
    compare(picture, picture.rgb(), decoder.decode(encoded, Transparency.DROP));
    compare(picture, picture.white(), decoder.decode(encoded, Transparency.WHITE));
  }

  @ParameterizedTest
  @MethodSource("all")
  void theHeaderHasTheSizeThatIsDecoded(Formats.Case picture) {
    ImageHeader header = decoder.header(picture.encoded());
    assertEquals(picture.rgb().width(), header.width());
    assertEquals(picture.rgb().height(), header.height());
    assertEquals(header.pixels(), decoder.declaredPixels(picture.encoded()), "without opening it");
    String format = picture.file().replaceAll(".*\\.", "").toUpperCase(Locale.ROOT);
    assertEquals(format.replace("JPG", "JPEG").replaceAll("TIF$", "TIFF"), header.format().name());
  }

  @ParameterizedTest
  @MethodSource("oriented")
  void orientationCanBeIgnored(Formats.Case picture) {
    byte[] encoded = picture.encoded();
    RgbRows stored = decoder.decode(encoded, Transparency.DROP, Orientation.IGNORE);
    compare(picture, picture.ignored(), stored);
    ImageHeader header = decoder.header(encoded, Orientation.IGNORE);
    assertEquals(picture.ignored().width(), header.width());
    assertEquals(picture.ignored().height(), header.height());
  }

  @Test
  void allFormatsAndOrientationsAreThere() {
    List<Formats.Case> all = all();
    for (String end : List.of(".jpg", ".png", ".gif", ".bmp", ".webp", ".tif")) {
      assertTrue(all.stream().anyMatch(picture -> picture.file().endsWith(end)), end);
    }
    for (int orientation = 1; orientation <= 8; orientation++) {
      String file = "orientation-" + orientation + ".jpg";
      assertTrue(oriented().anyMatch(picture -> picture.file().equals(file)), file);
    }
  }

  private static void compare(Formats.Case picture, Formats.Expected expected, RgbRows actual) {
    assertEquals(expected.width(), actual.width(), picture + " width");
    assertEquals(expected.height(), actual.height(), picture + " height");
    byte[] rgb = actual.rgb();
    long sum = 0;
    for (int i = 0; i < rgb.length; i++) {
      int difference = Math.abs((rgb[i] & 0xFF) - (expected.rgb()[i] & 0xFF));
      sum += difference;
      if (difference > picture.maxDifference()) {
        int pixel = i / 3;
        assertEquals(
            expected.rgb()[i] & 0xFF,
            rgb[i] & 0xFF,
            String.format(
                Locale.ROOT,
                "%s at x %d, y %d, channel %d",
                picture,
                pixel % actual.width(),
                pixel / actual.width(),
                i % 3));
      }
    }
    double mean = (double) sum / rgb.length;
    assertTrue(mean <= picture.meanDifference(), picture + " mean difference " + mean);
  }
}
