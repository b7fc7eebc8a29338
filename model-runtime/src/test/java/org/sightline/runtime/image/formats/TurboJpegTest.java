package org.sightline.runtime.image.formats;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Resize;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.CheckedImage;
import org.sightline.runtime.image.Formats;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.JpegDecoder;
import org.sightline.runtime.image.Jpegs;
import org.sightline.runtime.image.pixels.Extent;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.image.pixels.ResizedSides;
import org.sightline.runtime.image.pixels.RgbRows;
import org.sightline.runtime.inference.InferenceException;

class TurboJpegTest {
  private static final long MAX = 100_000_000;

  private final LeptonicaLibrary library = LeptonicaLibrary.shared();
  private final ImageDecoder decoder = new ImageDecoder(MAX, MAX, MAX);
  private final ImageDecoder withoutLibrary =
      new ImageDecoder(MAX, MAX, MAX, LeptonicaLibrary.refused("a test"));

  static List<Formats.Case> jpegs() {
    return Formats.cases().stream().filter(picture -> picture.file().endsWith(".jpg")).toList();
  }

  static ImageSpec spec(int width, int height, Resize resize) {
    List<Float> half = List.of(0.5f, 0.5f, 0.5f);
    return new ImageSpec(
        width,
        height,
        resize,
        ImageSpec.Interpolation.BICUBIC,
        resize == Resize.SQUASH ? ImageSpec.Crop.NONE : ImageSpec.Crop.CENTER,
        half,
        half,
        Transparency.DROP,
        Orientation.EXIF);
  }

  @AfterEach
  void nothingStaysOpen() {
    assertEquals(0, library.openPictures());
  }

  /** JavaCPP neither unpacked anything by itself nor started its thread. */
  @Test
  void loadingLeavesNothingBehind() {
    assertNull(library.refusal());
    assertEquals(new JpegDecoder("libjpeg-turbo", null), JpegDecoder.ofThisProcess());
    assertEquals(0, Loader.getLoadedLibraries().size());
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().contains("JavaCPP")));
    assertNull(System.getProperty("org.bytedeco.javacpp.loadlibraries"));
    assertNull(System.getProperty("org.bytedeco.javacpp.nopointergc"));
  }

  @ParameterizedTest
  @CsvSource({
    "Linux, amd64, linux-x86_64",
    "Linux, aarch64, linux-arm64",
    "Mac OS X, aarch64, macosx-arm64",
    "Windows 11, amd64, windows-x86_64",
    "Linux, s390x, linux-s390x"
  })
  void platformsAreNamedAsJavaCppDoes(String osName, String osArch, String platform) {
    assertEquals(platform, LeptonicaLibrary.platform(osName, osArch));
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-x86_64", "linux-arm64", "macosx-arm64"})
  void everyPlatformsLibrariesAreInTheJars(String platform) throws IOException {
    for (String name : LeptonicaLibrary.names(platform)) {
      assertNotNull(
          LeptonicaLibrary.class.getClassLoader().getResource("org/bytedeco/" + name), name);
    }
  }

  @Test
  void aPlatformWithoutLibrarySaysSo() {
    assertEquals(
        "java.io.IOException: there is none for [windows-x86_64]",
        LeptonicaLibrary.open("Windows 11", "amd64").refusal());
  }

  @ParameterizedTest
  @MethodSource("jpegs")
  void withoutLibraryTheReaderOfTheJdkDecodes(Formats.Case picture) throws IOException {
    byte[] encoded = picture.encoded();
    assertInstanceOf(
        JdkImage.class,
        TurboJpeg.open(LeptonicaLibrary.refused("a test"), encoded),
        picture.file());
    assertEquals(withoutLibrary.header(encoded), decoder.header(encoded));
    assertArrayEquals(
        withoutLibrary.decode(encoded, Transparency.DROP).rgb(),
        decoder.decode(encoded, Transparency.DROP).rgb(),
        "in full both decode the same");
  }

  @ParameterizedTest
  @ValueSource(strings = {"progressive.jpg", "orientation-6.jpg"})
  void ordinaryPicturesAreDecodedByTheLibrary(String file) throws IOException {
    byte[] encoded = Formats.read(file);
    try (OpenImage image = TurboJpeg.open(library, encoded)) {
      assertInstanceOf(TurboJpeg.class, image);
      try (LeptonicaRows rows = library.decode(encoded, image.header(), false, 1)) {
        assertNotNull(rows);
      }
    }
  }

  /** In each fraction, rows are the means of the full picture's blocks, but for rounding. */
  @ParameterizedTest
  @CsvSource({"2, false, false", "4, false, true", "8, false, false", "4, true, false"})
  void aFractionShowsTheSamePicture(int reduction, boolean grey, boolean progressive)
      throws IOException {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(1203, 899, grey), progressive);
    RgbRows full = decoder.decode(jpeg, Transparency.DROP);
    byte[] all = full.rgb();
    try (OpenImage image = TurboJpeg.open(library, jpeg)) {
      PixelRows rows = image.decode(Transparency.DROP, reduction);
      assertEquals((1203 + reduction - 1) / reduction, rows.width());
      assertEquals((899 + reduction - 1) / reduction, rows.height());
      assertEquals(Extent.reduced(1203, 899, reduction), rows.extent());
      byte[] row = new byte[3 * rows.width()];
      double sum = 0;
      int compared = 0;
      for (int y = 0; y < 899 / reduction; y++) {
        rows.row(y, row);
        for (int i = 0; i < 3 * (1203 / reduction); i++) {
          sum += Math.abs((row[i] & 0xFF) - block(all, i / 3, y, i % 3, reduction));
          compared++;
        }
      }
      assertTrue(sum / compared < 1.5, "mean difference " + sum / compared);
    }
  }

  private static double block(byte[] rgb, int x, int y, int channel, int size) {
    double sum = 0;
    for (int dy = 0; dy < size; dy++) {
      for (int dx = 0; dx < size; dx++) {
        sum += rgb[3 * ((y * size + dy) * 1203 + x * size + dx) + channel] & 0xFF;
      }
    }
    return sum / (size * size);
  }

  /** What a model gets differs by a few levels, however the picture is turned. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void turnedPicturesAreScaledAlike(int orientation) {
    byte[] jpeg = Jpegs.oriented(Jpegs.encode(Jpegs.scene(1501, 1123, false), false), orientation);
    ImageSpec spec = spec(90, 90, Resize.SHORTEST_EDGE);
    ImagePreprocessor preprocessor = new ImagePreprocessor(spec);
    RgbRows full = decoder.decode(jpeg, Transparency.DROP);
    RgbRows scaled = forModel(jpeg, spec);
    assertEquals((full.width() + 3) / 4, scaled.width());
    byte[] expected = preprocessor.resize(full);
    byte[] actual = preprocessor.resize(scaled);
    int largest = 0;
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      int difference = Math.abs((expected[i] & 0xFF) - (actual[i] & 0xFF));
      largest = Math.max(largest, difference);
      sum += difference;
    }
    assertTrue(largest <= 12, "largest difference " + largest);
    assertTrue(sum / expected.length < 0.8, "mean difference " + sum / expected.length);
  }

  @ParameterizedTest
  @CsvSource({
    "4000, 3000, 224, SHORTEST_EDGE, 4",
    "3000, 4000, 224, SHORTEST_EDGE, 4",
    "4000, 3000, 224, SQUASH, 4",
    "4000, 3000, 64, SHORTEST_EDGE, 8",
    "1792, 1792, 224, SHORTEST_EDGE, 2",
    "1791, 1792, 224, SHORTEST_EDGE, 1",
    "4000, 1791, 224, SQUASH, 1",
    "4000, 3072, 384, SQUASH, 2",
    // less than a million pixels
    "999, 1000, 16, SQUASH, 1"
  })
  void enoughSamplesAreLeftForEach(int width, int height, int size, Resize resize, int reduction) {
    ResizedSides sides = ResizedSides.of(spec(size, size, resize), width, height);
    assertEquals(reduction, sides.reduction(width, height));
  }

  /** Codes that mean nothing: libjpeg warns of them, and the reader of the JDK overlooks them. */
  @Test
  void whatTheLibraryWarnsOfIsLeftToTheJdk() {
    byte[] whole = Formats.read("restart.jpg");
    int first = whole.length / 2; // well behind the header
    Random random = new Random(5);
    int overlooked = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = whole.clone();
      damaged[first + random.nextInt(whole.length - first - 2)] = (byte) random.nextInt(255);
      if (refusal(decoder, damaged) != null) {
        assertNotNull(refusal(withoutLibrary, damaged), "round " + round);
        continue;
      }
      boolean refused;
      try (LeptonicaRows rows = library.decode(damaged, decoder.header(damaged), false, 1)) {
        refused = rows == null;
      }
      if (refused && refusal(withoutLibrary, damaged) == null) {
        overlooked++;
        assertArrayEquals(
            withoutLibrary.decode(damaged, Transparency.DROP).rgb(),
            decoder.decode(damaged, Transparency.DROP).rgb());
      }
    }
    assertTrue(overlooked > 5, "overlooked " + overlooked);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cmyk.jpg", "ycck.jpg"})
  void fourInksAreLeftToTheJdk(String file) throws IOException {
    assertInstanceOf(JdkImage.class, TurboJpeg.open(library, Formats.read(file)));
  }

  @Test
  void aJpegOutOfTheOrdinaryIsLeftToTheJdk() throws IOException {
    byte[] whole = Formats.read("orientation-1.jpg");
    assertTrue(new JpegSegments(whole).plain());
    byte[] endless = Arrays.copyOf(whole, whole.length - 2);
    int frame = indexOf(whole, 0xC0);
    byte[] arithmetic = whole.clone();
    arithmetic[frame + 1] = (byte) 0xC9;
    byte[] deep = whole.clone();
    deep[frame + 4] = 12;
    byte[] empty = whole.clone();
    Arrays.fill(empty, frame + 5, frame + 7, (byte) 0);
    byte[] padded = new byte[whole.length + 1];
    System.arraycopy(whole, 0, padded, 0, 2);
    System.arraycopy(whole, 2, padded, 3, whole.length - 2);
    padded[2] = (byte) 0xFF;
    byte[] twice = new byte[whole.length + 19];
    System.arraycopy(whole, 0, twice, 0, frame + 19);
    System.arraycopy(whole, frame, twice, frame + 19, whole.length - frame);
    for (byte[] odd : List.of(endless, arithmetic, deep, empty, padded, twice)) {
      assertTrue(new JpegSegments(odd).plain() == false);
    }
  }

  private static int indexOf(byte[] jpeg, int marker) {
    for (int i = 0; i + 1 < jpeg.length; i++) {
      if (jpeg[i] == (byte) 0xFF && jpeg[i + 1] == (byte) marker) {
        return i;
      }
    }
    throw new AssertionError("not found");
  }

  /** Sizes that the library finds and the header did not tell are not believed. */
  @Test
  void anotherSizeThanTheHeaders() {
    byte[] jpeg = Formats.read("orientation-1.jpg");
    ImageHeader header = decoder.header(jpeg);
    ImageHeader other = new ImageHeader(ImageFormat.JPEG, header.width() - 1, header.height(), 24);
    try (LeptonicaRows rows = library.decode(jpeg, header, false, 1)) {
      assertNotNull(rows);
      assertEquals(1, library.openPictures());
    }
    assertNull(library.decode(jpeg, other, false, 1));
    assertNull(library.decode(jpeg, header, true, 1));
  }

  /** Native memory is read only while it is there, and only within the picture. */
  @ParameterizedTest
  @ValueSource(strings = {"orientation-1.jpg", "grey.jpg"})
  void rowsOfAClosedPictureAreRefused(String file) {
    byte[] jpeg = Formats.read(file);
    LeptonicaRows rows = library.decode(jpeg, decoder.header(jpeg), file.equals("grey.jpg"), 1);
    byte[] rgb = new byte[3 * rows.width()];
    rows.row(rows.height() - 1, rgb);
    for (int y : new int[] {-1, rows.height()}) {
      assertThrows(IllegalStateException.class, () -> rows.row(y, rgb));
    }
    rows.close();
    rows.close(); // nothing is freed twice
    assertEquals(0, library.openPictures());
    assertThrows(IllegalStateException.class, () -> rows.row(0, rgb));
  }

  /** With and without library the same damaged pictures are refused, for the same reasons. */
  @Test
  void damagedPicturesAreRefusedAsWithoutLibrary() {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    byte[] whole = Formats.read("orientation-1.jpg");
    int refused = 0;
    for (int round = 0; round < 300; round++) {
      byte[] damaged = whole.clone();
      int at = random.nextInt(damaged.length);
      damaged[at] = (byte) random.nextInt(256);
      if (round % 5 == 0) {
        damaged = Arrays.copyOf(damaged, 30 + random.nextInt(damaged.length - 30));
      }
      String where = "-Dtests.seed=" + seed + " round " + round;
      String reason = refusal(decoder, damaged);
      if (reason != null) {
        assertEquals(refusal(withoutLibrary, damaged), reason, where);
        refused++;
      }
    }
    assertTrue(refused > 30, "refused " + refused);
  }

  private RgbRows forModel(byte[] jpeg, ImageSpec spec) {
    try (CheckedImage image = decoder.open(jpeg, spec)) {
      return RgbRows.copyOf(image.decode());
    }
  }

  private static String refusal(ImageDecoder decoder, byte[] jpeg) {
    try {
      decoder.decode(jpeg, Transparency.DROP);
      return null;
    } catch (InferenceException e) {
      return e.getMessage();
    }
  }

  @Test
  void threadsDoNotDisturbEachOther() throws Exception {
    List<byte[]> jpegs =
        List.of(
            Jpegs.encode(Jpegs.scene(1201, 901, false), false),
            Jpegs.encode(Jpegs.scene(1100, 1000, false), true),
            Formats.read("grey.jpg"));
    ImageSpec spec = spec(64, 64, Resize.SQUASH);
    List<byte[]> expected = jpegs.stream().map(jpeg -> forModel(jpeg, spec).rgb()).toList();
    List<Callable<Void>> tasks = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      int which = i % jpegs.size();
      tasks.add(
          () -> {
            byte[] rgb = forModel(jpegs.get(which), spec).rgb();
            assertArrayEquals(expected.get(which), rgb);
            return null;
          });
    }
    ThreadPoolExecutor pool =
        new ThreadPoolExecutor(4, 4, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    try {
      for (Future<Void> done : pool.invokeAll(tasks)) {
        done.get();
      }
    } finally {
      pool.shutdown();
    }
  }

  @Test
  void theLimitsHoldForTheFullSize() {
    byte[] jpeg = Jpegs.encode(Jpegs.scene(1200, 900, false), false);
    ImageDecoder small = new ImageDecoder(MAX, 1_000_000, MAX);
    InferenceException e =
        assertThrows(InferenceException.class, () -> small.open(jpeg, spec(32, 32, Resize.SQUASH)));
    assertEquals("has 1200 x 900 pixels, allowed are at most 1000000 pixels", e.getMessage());
  }
}
