package org.sightline.runtime.image.pixels;

import java.util.Arrays;

/**
 * The rows of an image, mixed across and rounded to eight bits, as far as one output row reads
 * them: they are made from the top down, a block at a time, and the oldest ones make room. For use
 * by one thread.
 */
final class NarrowedRows {
  private final ResampleWeights down;
  private final RowBlock block;
  private final int blockRows;
  private final int[][] rows;
  private int next;

  NarrowedRows(PixelRows source, ResampleWeights across, ResampleWeights down) {
    this.down = down;
    this.blockRows = Math.min(RowBlock.rows(across), down.end() - down.begin());
    this.block = new RowBlock(source, across, blockRows);
    int together = Arrays.stream(down.counts()).max().orElse(0);
    this.rows = new int[together + blockRows][3 * across.first().length];
    this.next = down.begin();
  }

  /** Makes the rows that an output row reads; output rows are asked for in their order. */
  void readFor(int output) {
    int end = down.first()[output] + down.counts()[output];
    while (next < end) {
      int[][] made = new int[Math.min(blockRows, down.end() - next)][];
      for (int i = 0; i < made.length; i++) {
        made[i] = row(next + i);
      }
      block.mix(next, made);
      next += made.length;
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
