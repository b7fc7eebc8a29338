package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.runtime.image.Pngs.bytes;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.pixels.RgbRows;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.testsupport.load.Allocated;

class ThumbnailTest {
  private final ImageDecoder decoder = new ImageDecoder(1 << 24, 20_000_000, 1 << 28);

  private RgbRows thumbnail(byte[] encoded, int size) {
    try (Thumbnail thumbnail = Thumbnail.open(decoder, encoded, size)) {
      RgbRows small = decoder.decode(thumbnail.jpeg(), Transparency.DROP);
      assertEquals(thumbnail.width(), small.width());
      assertEquals(thumbnail.height(), small.height());
      return small;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, 300, 256, 256, 192",
    "300, 400, 256, 192, 256",
    "1600, 1200, 256, 256, 192", // decoded in a fraction of its size
    "64, 48, 256, 64, 48", // not enlarged
    "3000, 2, 256, 256, 1"
  })
  void keepsTheShape(int width, int height, int size, int smallWidth, int smallHeight) {
    RgbRows small = thumbnail(Jpegs.encode(Jpegs.scene(width, height, false), false), size);
    assertEquals(smallWidth, small.width());
    assertEquals(smallHeight, small.height());
  }

  @Test
  void isTurnedAsTheCameraSays() {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(400, 300, false), false);
    RgbRows small = thumbnail(Jpegs.oriented(jpeg, 6), 256);
    assertEquals(192, small.width());
    assertEquals(256, small.height());
  }

  @Test
  void whatIsTransparentIsWhite() {
    byte[] transparent = Pngs.encode(2, 1, 8, Pngs.RGBA, bytes(200, 0, 0, 0, 0, 0, 0, 0));
    byte[] rgb = thumbnail(transparent, 16).rgb();
    byte[] white = new byte[rgb.length];
    Arrays.fill(white, (byte) 255);
    assertEquals(Arrays.toString(white), Arrays.toString(rgb));
  }

  @Test
  void showsThePictureItself() {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(400, 300, false), false);
    byte[] small = thumbnail(jpeg, 100).rgb();
    byte[] large = decoder.decode(jpeg, Transparency.DROP).rgb();
    long difference = 0;
    for (int y = 0; y < 75; y++) {
      for (int x = 0; x < 100; x++) {
        for (int channel = 0; channel < 3; channel++) {
          difference += Math.abs(value(small, 100, x, y, channel) - mean(large, x, y, channel));
        }
      }
    }
    // edges of patches and compression; another channel order or a shift gives some 60
    double mean = difference / (100.0 * 75 * 3);
    assertTrue(mean < 12, () -> "mean difference " + mean);
  }

  private static int value(byte[] rgb, int width, int x, int y, int channel) {
    return rgb[3 * (y * width + x) + channel] & 0xFF;
  }

  private static int mean(byte[] rgb, int x, int y, int channel) {
    int sum = 0;
    for (int i = 0; i < 16; i++) {
      sum += value(rgb, 400, 4 * x + i % 4, 4 * y + i / 4, channel);
    }
    return sum / 16;
  }

  @Test
  void takesNoMoreMemoryThanItSays() {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(1600, 1200, false), false);
    thumbnail(jpeg, 512); // classes are loaded
    try (Thumbnail thumbnail = Thumbnail.open(decoder, jpeg, 512)) {
      long before = Allocated.byThisThread();
      thumbnail.jpeg();
      long taken = Allocated.byThisThread() - before;
      long said = thumbnail.workingBytes() + (1 << 20);
      assertTrue(taken <= said, () -> "allocated " + taken + ", announced " + said);
    }
  }

  @Test
  void whatCannotBeReadIsRefused() {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(400, 300, false), false);
    byte[] half = Arrays.copyOf(jpeg, jpeg.length / 2);
    for (byte[] bad : new byte[][] {bytes(1, 2, 3, 4), half}) {
      InferenceException e = assertThrows(InferenceException.class, () -> thumbnail(bad, 256));
      assertEquals(InferenceException.Kind.INVALID_INPUT, e.kind());
    }
  }

  /** Printed, not judged: machines differ. */
  @ParameterizedTest
  @CsvSource({"64, 64", "500, 375", "1600, 1200", "4000, 3000"})
  void howManyASecond(int width, int height) {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(width, height, false), false);
    made(jpeg, 20); // compiled by then
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    long begun = threads.getCurrentThreadCpuTime(); // others may work on this machine
    made(jpeg, 20);
    double seconds = (threads.getCurrentThreadCpuTime() - begun) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "thumbnails of %d x %d: %.0f a second on one core%n",
        width,
        height,
        20 / seconds);
  }

  private void made(byte[] jpeg, int count) {
    for (int i = 0; i < count; i++) {
      try (Thumbnail thumbnail = Thumbnail.open(decoder, jpeg, 256)) {
        thumbnail.jpeg();
      }
    }
  }
}
