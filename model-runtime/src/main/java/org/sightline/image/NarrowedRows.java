package org.sightline.image;

import java.util.Arrays;

/**
 * The rows of an image, mixed across and rounded to eight bits, as far as one output row reads
 * them: they are made from the top down, and the oldest ones make room. For use by one thread.
 */
final class NarrowedRows {
  private final PixelRows source;
  private final ResampleWeights across;
  private final ResampleWeights down;
  private final byte[] upper;
  private final byte[] lower;
  private final RowPair pair;
  private final int[][] rows;
  private int next;

  NarrowedRows(PixelRows source, ResampleWeights across, ResampleWeights down) {
    this.source = source;
    this.across = across;
    this.down = down;
    this.upper = new byte[3 * source.width()];
    this.lower = new byte[3 * source.width()];
    this.pair = new RowPair(source.width());
    // rows come in pairs: one more than are read together
    int kept = Arrays.stream(down.counts()).max().orElse(0) + 1;
    this.rows = new int[kept][3 * across.first().length];
    this.next = down.begin();
  }

  /** Makes the rows that an output row reads; output rows are asked for in their order. */
  void readFor(int output) {
    int end = down.first()[output] + down.counts()[output];
    for (; next < end; next += 2) {
      source.row(next, upper);
      source.row(Math.min(next + 1, down.end() - 1), lower);
      pair.mix(upper, lower, across, row(next), row(next + 1));
    }
  }

  /**
   * @param y a row of the source that {@link #readFor} has made
   * @return {@code [3 * outputs]}, 0 to 255
   */
  int[] row(int y) {
    return rows[y % rows.length];
  }
}
