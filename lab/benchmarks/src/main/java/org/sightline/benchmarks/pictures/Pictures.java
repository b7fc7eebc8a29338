package org.sightline.benchmarks.pictures;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.RgbRows;
import org.sightline.runtime.inference.InferenceException;

/**
 * Compares every picture of a folder with the pixels that Pillow has of it, and prints a table by
 * format. Ends with 1 where a picture differs.
 */
public final class Pictures {
  /** Mean difference of a sample that counts as equal, in levels of 255. */
  private static final double EQUAL = 0.5;

  /** What became of a picture. */
  private enum Verdict {
    EQUAL,
    DIFFERENT,
    REFUSED,
    REFUSED_BY_BOTH,
    READ_BEYOND_PILLOW
  }

  private final ImageDecoder decoder = new ImageDecoder(20 << 20, 100_000_000, 800_000_000);

  private Pictures() {}

  /**
   * Arguments: a folder with a folder for each format, as {@code fixture_maker corpus} writes it.
   */
  public static void main(String[] arguments) throws IOException {
    Pictures pictures = new Pictures();
    boolean equal = true;
    System.out.println(
        "| format | pictures | equal to Pillow | different | refused, Pillow reads | refused by"
            + " both | read, Pillow refuses |\n"
            + "|---|---|---|---|---|---|---|");
    for (Path folder : files(Path.of(arguments[0]))) {
      Map<Verdict, Integer> counts = new EnumMap<>(Verdict.class);
      for (Path file : files(folder)) {
        if (file.toString().endsWith(".rgb") == false) {
          counts.merge(pictures.verdict(file), 1, Integer::sum);
        }
      }
      StringBuilder row = new StringBuilder();
      for (Verdict verdict : Verdict.values()) {
        row.append(" | ").append(counts.getOrDefault(verdict, 0));
      }
      int all = counts.values().stream().mapToInt(n -> n).sum();
      System.out.println("| " + folder.getFileName() + " | " + all + row + " |");
      equal &= counts.containsKey(Verdict.DIFFERENT) == false;
    }
    System.exit(equal ? 0 : 1);
  }

  private Verdict verdict(Path file) throws IOException {
    Path pixels = Path.of(file + ".rgb");
    boolean expected = Files.exists(pixels);
    RgbRows image;
    try {
      image = decoder.decode(Files.readAllBytes(file), Transparency.DROP);
    } catch (InferenceException e) {
      if (expected) {
        System.err.println(file.getFileName() + " " + e.getMessage());
      }
      return expected ? Verdict.REFUSED : Verdict.REFUSED_BY_BOTH;
    }
    if (expected == false) {
      return Verdict.READ_BEYOND_PILLOW;
    }
    if (equal(image, ByteBuffer.wrap(Files.readAllBytes(pixels)))) {
      return Verdict.EQUAL;
    }
    System.err.println(file.getFileName() + " differs");
    return Verdict.DIFFERENT;
  }

  private static boolean equal(RgbRows image, ByteBuffer expected) {
    if (image.width() != expected.getInt() || image.height() != expected.getInt()) {
      return false;
    }
    long sum = 0;
    byte[] rgb = image.rgb();
    for (byte sample : rgb) {
      sum += Math.abs((sample & 0xFF) - (expected.get() & 0xFF));
    }
    return sum <= EQUAL * rgb.length;
  }

  static List<Path> files(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files.sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
