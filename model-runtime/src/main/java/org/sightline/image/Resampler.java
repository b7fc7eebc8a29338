package org.sightline.image;

import java.util.Arrays;
import org.sightline.bundle.ImageSpec.Interpolation;

/**
 * Resizes 8-bit RGB with antialiased filters, equal bit for bit to Pillow's {@code resize}: first
 * all rows, rounded to eight bits, then all columns; for a picture more than a hundred times as
 * high as wide that loses height, first the columns.
 *
 * <p>Only the wanted part of the resized image is computed. Beside the result, memory is {@code 3 *
 * outWidth} bytes for each input row that the part reads.
 */
final class Resampler {
  private static final int HALF = 1 << (ResampleWeights.PRECISION_BITS - 1);

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
    ResampleWeights across =
        ResampleWeights.of(
            filter, source.width(), target.width(), target.left(), target.partWidth());
    ResampleWeights down =
        ResampleWeights.of(
            filter, source.height(), target.height(), target.top(), target.partHeight());
    if (source.height() > 100L * source.width() && target.height() < source.height()) {
      return columnsFirst(source, across, down);
    }
    int firstRow = down.begin();
    int rows = down.end() - firstRow;
    int stride = 3 * target.partWidth();
    byte[] narrowed = new byte[Math.multiplyExact(rows, stride)];
    byte[] row = new byte[3 * source.width()];
    for (int y = 0; y < rows; y++) {
      source.row(firstRow + y, row);
      mixRow(row, across, narrowed, y * stride);
    }
    byte[] result = new byte[target.partHeight() * stride];
    int[] sums = new int[stride];
    for (int y = 0; y < target.partHeight(); y++) {
      mixColumns(narrowed, sums, down, firstRow, y, result);
    }
    return result;
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
    int stride = 3 * across.first().length;
    byte[] result = new byte[Math.multiplyExact(outputs, stride)];
    for (int out = 0; out < outputs; out++) {
      for (int x = 0; x < wide; x++) {
        row[x] = clip(sums[out * wide + x]);
      }
      mixRow(row, across, result, out * stride);
    }
    return result;
  }

  private static void mixRow(byte[] row, ResampleWeights across, byte[] to, int at) {
    int[] weights = across.weights();
    int[] first = across.first();
    int[] counts = across.counts();
    int stride = across.stride();
    for (int i = 0; i < first.length; i++) {
      int red = HALF;
      int green = HALF;
      int blue = HALF;
      int from = 3 * first[i];
      int k = i * stride;
      int count = counts[i];
      for (int j = 0; j < count; j++) {
        int weight = weights[k + j];
        red += (row[from + 3 * j] & 0xFF) * weight;
        green += (row[from + 3 * j + 1] & 0xFF) * weight;
        blue += (row[from + 3 * j + 2] & 0xFF) * weight;
      }
      to[at++] = clip(red);
      to[at++] = clip(green);
      to[at++] = clip(blue);
    }
  }

  /** Row after row into sums, which the compiler turns into vector instructions. */
  private static void mixColumns(
      byte[] narrowed, int[] sums, ResampleWeights down, int firstRow, int y, byte[] result) {
    int stride = sums.length;
    int begin = (down.first()[y] - firstRow) * stride;
    int k = y * down.stride();
    int count = down.counts()[y];
    Arrays.fill(sums, HALF);
    for (int i = 0; i < count; i++) {
      add(narrowed, begin + i * stride, down.weights()[k + i], sums);
    }
    for (int x = 0; x < stride; x++) {
      result[y * stride + x] = clip(sums[x]);
    }
  }

  private static void add(byte[] row, int from, int weight, int[] sums) {
    for (int x = 0; x < sums.length; x++) {
      sums[x] += (row[from + x] & 0xFF) * weight;
    }
  }

  private static byte clip(int sum) {
    int value = sum >> ResampleWeights.PRECISION_BITS;
    return (byte) Math.max(0, Math.min(255, value));
  }
}
