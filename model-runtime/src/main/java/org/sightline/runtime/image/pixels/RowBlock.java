package org.sightline.runtime.image.pixels;

import java.util.Arrays;

/**
 * Mixes several rows across at once. Their samples are kept by column, so that the loops run down
 * the rows with the same weight for all of them, which the compiler turns into vector instructions;
 * along a row there are no two samples with the same weight. For use by one thread.
 */
final class RowBlock {
  /** Enough for loops over vectors; more would not stay in the processor's nearest cache. */
  static final int ROWS = 96;

  /** Most samples of a block that {@link #rows} allows, 4 bytes each. */
  static final int SAMPLES = 1 << 20;

  /** Outputs that are mixed before they are written into rows: as many as share a cache line. */
  private static final int OUTPUTS = 8;

  private final PixelRows source;
  private final ResampleWeights across;
  private final int begin;
  private final int[] words;
  private final int[][] columns; // [columns that are read][rows], words
  private final int[][] sums = new int[3 * OUTPUTS][];

  /** How many rows to mix at once: fewer where a picture is very wide. */
  static int rows(ResampleWeights across) {
    return Math.clamp(SAMPLES / (across.end() - across.begin()), 1, ROWS);
  }

  /**
   * @param rows the most rows at once
   */
  RowBlock(PixelRows source, ResampleWeights across, int rows) {
    this.source = source;
    this.across = across;
    this.begin = across.begin();
    this.words = new int[source.width()];
    this.columns = new int[across.end() - begin][rows];
    for (int i = 0; i < sums.length; i++) {
      sums[i] = new int[rows];
    }
  }

  /**
   * Reads and mixes rows.
   *
   * @param firstRow the first one
   * @param to one for each row, {@code [3 * outputs]}: receives red, green, blue of each output, 0
   *     to 255
   */
  void mix(int firstRow, int[][] to) {
    for (int i = 0; i < to.length; i++) {
      source.words(firstRow + i, words);
      for (int x = 0; x < columns.length; x++) {
        columns[x][i] = words[begin + x];
      }
    }
    int outputs = across.first().length;
    for (int first = 0; first < outputs; first += OUTPUTS) {
      int count = Math.min(OUTPUTS, outputs - first);
      for (int i = 0; i < count; i++) {
        sum(first + i, to.length, sums[3 * i], sums[3 * i + 1], sums[3 * i + 2]);
      }
      for (int y = 0; y < to.length; y++) {
        int[] row = to[y];
        for (int i = 0; i < 3 * count; i++) {
          row[3 * first + i] = sums[i][y];
        }
      }
    }
  }

  private void sum(int output, int rows, int[] red, int[] green, int[] blue) {
    Arrays.fill(red, Resampler.HALF);
    Arrays.fill(green, Resampler.HALF);
    Arrays.fill(blue, Resampler.HALF);
    int first = across.first()[output] - begin;
    int count = across.counts()[output];
    int[] weights = across.weights();
    int k = output * across.stride();
    for (int j = 0; j < count; j += 2) {
      boolean two = j + 1 < count;
      int[] next = columns[first + (two ? j + 1 : j)];
      int nextWeight = two ? weights[k + j + 1] : 0;
      add(columns[first + j], weights[k + j], next, nextWeight, rows, red, green, blue);
    }
    clip(red, rows);
    clip(green, rows);
    clip(blue, rows);
  }

  /** Two columns a pass. Of arrays that are fields the compiler makes no vectors. */
  private static void add(
      int[] words,
      int weight,
      int[] next,
      int nextWeight,
      int rows,
      int[] red,
      int[] green,
      int[] blue) {
    for (int y = 0; y < rows; y++) {
      int word = words[y];
      int other = next[y];
      red[y] += (word >>> 24) * weight + (other >>> 24) * nextWeight;
      green[y] += (word >>> 16 & 0xFF) * weight + (other >>> 16 & 0xFF) * nextWeight;
      blue[y] += (word >>> 8 & 0xFF) * weight + (other >>> 8 & 0xFF) * nextWeight;
    }
  }

  private static void clip(int[] sums, int rows) {
    for (int y = 0; y < rows; y++) {
      sums[y] = Resampler.clip(sums[y]);
    }
  }
}
