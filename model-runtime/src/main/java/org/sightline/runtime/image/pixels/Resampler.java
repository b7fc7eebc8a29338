package org.sightline.runtime.image.pixels;

import java.util.Arrays;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;

/**
 * Resizes 8-bit RGB with antialiased filters, equal bit for bit to Pillow's {@code resize}: first
 * all rows, rounded to eight bits, then all columns; for a picture more than a hundred times as
 * high as wide that loses height, first the columns.
 *
 * <p>Only the wanted part of the resized image is computed. Beside the result, memory is {@code 12
 * * outWidth} bytes for each input row that one output row reads and for those of a {@link
 * RowBlock}, and for that at most 4 MiB and {@code 32 * width} bytes.
 */
final class Resampler {
  /** What rounding adds to a sum of weighted samples. */
  static final int HALF = 1 << (ResampleWeights.PRECISION_BITS - 1);

  private Resampler() {}

  /**
   * A part of the resized image.
   *
   * @param width of the whole resized image; may be far larger than the part
   * @param height of the whole resized image
   * @param left first column wanted
   * @param top first row wanted
   */
  record Target(long width, long height, long left, long top, int partWidth, int partHeight) {}

  /**
   * @return {@code [partHeight * partWidth * 3]}
   */
  static byte[] resize(PixelRows source, Interpolation filter, Target target) {
    if (hasSize(source, target)) {
      return copy(source, target);
    }
    ResampleWeights across = across(source, filter, target);
    ResampleWeights down = down(source, filter, target);
    if (source.height() > 100L * source.width() && target.height() < source.height()) {
      return columnsFirst(source, across, down);
    }
    int stride = 3 * target.partWidth();
    NarrowedRows rows = new NarrowedRows(source, across, down);
    byte[] result = new byte[Math.multiplyExact(target.partHeight(), stride)];
    int[] sums = new int[stride];
    for (int y = 0; y < target.partHeight(); y++) {
      rows.readFor(y);
      mixColumns(rows, sums, down, y);
      for (int x = 0; x < stride; x++) {
        result[y * stride + x] = (byte) clip(sums[x]);
      }
    }
    return result;
  }

  /** Whether every sample would be mixed of itself alone. */
  private static boolean hasSize(PixelRows source, Target target) {
    return source.extent().equals(Extent.whole(source.width(), source.height()))
        && target.width() == source.width()
        && target.height() == source.height();
  }

  private static byte[] copy(PixelRows source, Target target) {
    int stride = 3 * target.partWidth();
    byte[] result = new byte[Math.multiplyExact(target.partHeight(), stride)];
    byte[] row = new byte[3 * source.width()];
    for (int y = 0; y < target.partHeight(); y++) {
      source.row((int) target.top() + y, row);
      System.arraycopy(row, 3 * (int) target.left(), result, y * stride, stride);
    }
    return result;
  }

  private static ResampleWeights across(PixelRows source, Interpolation filter, Target target) {
    Extent box = source.extent();
    return ResampleWeights.of(
        filter,
        source.width(),
        box.left(),
        box.width(),
        target.width(),
        target.left(),
        target.partWidth());
  }

  private static ResampleWeights down(PixelRows source, Interpolation filter, Target target) {
    Extent box = source.extent();
    return ResampleWeights.of(
        filter,
        source.height(),
        box.top(),
        box.height(),
        target.height(),
        target.top(),
        target.partHeight());
  }

  /** Sums up while rows are read: a high picture is not copied. */
  private static byte[] columnsFirst(
      PixelRows source, ResampleWeights across, ResampleWeights down) {
    int outputs = down.first().length;
    int wide = 3 * source.width();
    int[] sums = new int[Math.multiplyExact(outputs, wide)];
    Arrays.fill(sums, HALF);
    byte[] row = new byte[wide];
    for (int y = down.begin(); y < down.end(); y++) {
      source.row(y, row);
      for (int out = 0; out < outputs; out++) {
        int k = y - down.first()[out];
        if (k >= 0 && k < down.counts()[out]) {
          int weight = down.weights()[out * down.stride() + k];
          for (int x = 0; x < wide; x++) {
            sums[out * wide + x] += (row[x] & 0xFF) * weight;
          }
        }
      }
    }
    byte[] rgb = new byte[Math.multiplyExact(outputs, wide)];
    for (int i = 0; i < rgb.length; i++) {
      rgb[i] = (byte) clip(sums[i]);
    }
    return narrowed(
        new RgbRows(source.width(), outputs, Extent.whole(source.width(), outputs), rgb), across);
  }

  /** Mixes the rows of a low picture across. */
  private static byte[] narrowed(PixelRows source, ResampleWeights across) {
    int stride = 3 * across.first().length;
    byte[] result = new byte[Math.multiplyExact(source.height(), stride)];
    int[][] rows = new int[source.height()][stride];
    new RowBlock(source, across, rows.length).mix(0, rows);
    for (int y = 0; y < rows.length; y++) {
      for (int x = 0; x < stride; x++) {
        result[y * stride + x] = (byte) rows[y][x];
      }
    }
    return result;
  }

  /** Mixes rows into sums, two a pass: loops that the compiler turns into vector instructions. */
  private static void mixColumns(NarrowedRows rows, int[] sums, ResampleWeights down, int y) {
    int first = down.first()[y];
    int count = down.counts()[y];
    int k = y * down.stride();
    int[] weights = down.weights();
    Arrays.fill(sums, HALF);
    int i = 0;
    for (; i + 2 <= count; i += 2) {
      int[] row = rows.row(first + i);
      add(row, weights[k + i], rows.row(first + i + 1), weights[k + i + 1], sums);
    }
    if (i < count) {
      add(rows.row(first + i), weights[k + i], sums);
    }
  }

  private static void add(int[] row, int weight, int[] sums) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += row[x] * weight;
    }
  }

  private static void add(int[] row, int weight, int[] next, int nextWeight, int[] sums) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += row[x] * weight + next[x] * nextWeight;
    }
  }

  /** A rounded sum of weighted samples as a sample, 0 to 255. */
  static int clip(int sum) {
    return Math.max(0, Math.min(255, sum >> ResampleWeights.PRECISION_BITS));
  }
}
