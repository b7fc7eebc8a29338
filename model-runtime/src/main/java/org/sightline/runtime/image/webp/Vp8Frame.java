package org.sightline.runtime.image.webp;

import java.io.IOException;
import java.util.Arrays;

/**
 * Decodes a key frame of VP8 (RFC 6386) into three planes. Prediction sees samples before the loop
 * filter, which therefore runs over the whole picture at the end.
 */
final class Vp8Frame {
  private final Vp8Header header;
  private final int columns;
  private final int rows;
  private final Plane luma;
  private final Plane blue;
  private final Plane red;
  private final Vp8Coefficients coefficients;

  /** Modes of the 4 blocks above each column, and of those to the left. */
  private final byte[] modesAbove;

  private final byte[] modesLeft = new byte[4];

  /** {@code [macroblock]}: segment, whether blocks are small, whether inner edges are filtered. */
  private final byte[] filtering;

  private final byte[] blockModes = new byte[16];
  private final int[] edge = new int[13];

  private Vp8Frame(Vp8Header header) {
    this.header = header;
    this.columns = header.width + 15 >> 4;
    this.rows = header.height + 15 >> 4;
    this.luma = new Plane(16 * columns, 16 * rows);
    this.blue = new Plane(8 * columns, 8 * rows);
    this.red = new Plane(8 * columns, 8 * rows);
    this.coefficients = new Vp8Coefficients(header, columns);
    this.modesAbove = new byte[4 * columns];
    this.filtering = new byte[columns * rows];
  }

  /**
   * @param from place of the frame, of which {@code length} bytes are there
   */
  static LossyPlanes decode(byte[] bytes, int from, int length) throws IOException {
    Vp8Frame frame = new Vp8Frame(new Vp8Header(bytes, from, length));
    frame.reconstruct();
    Vp8LoopFilter filter =
        new Vp8LoopFilter(frame.header, frame.luma, frame.blue, frame.red, frame.columns);
    filter.apply(frame.filtering);
    return new LossyPlanes(
        frame.header.width, frame.header.height, frame.luma, frame.blue, frame.red);
  }

  private void reconstruct() throws IOException {
    for (int row = 0; row < rows; row++) {
      BoolDecoder bits = header.coefficients[row & header.coefficients.length - 1];
      coefficients.beginRow();
      Arrays.fill(modesLeft, (byte) 0);
      for (int column = 0; column < columns; column++) {
        macroblock(bits, column, row);
      }
      header.modes.checkEnd();
      bits.checkEnd();
    }
  }

  private void macroblock(BoolDecoder bits, int column, int row) {
    BoolDecoder modes = header.modes;
    int segment = 0;
    if (header.segmentMap) {
      int[] tree = header.segmentTree;
      segment = modes.bit(tree[0]) == 0 ? modes.bit(tree[1]) : 2 + modes.bit(tree[2]);
    }
    boolean skipped = header.skip >= 0 && modes.bit(header.skip) == 1;
    boolean small = modes.bit(145) == 0;
    int mode = small ? readSmallModes(column) : readLargeMode(column);
    int chroma = Vp8Prediction.DC;
    if (modes.bit(142) == 1) {
      chroma =
          modes.bit(114) == 0
              ? Vp8Prediction.VERTICAL
              : modes.bit(183) == 1 ? Vp8Prediction.TRUE_MOTION : Vp8Prediction.HORIZONTAL;
    }
    boolean any = false;
    if (skipped) {
      coefficients.skip(column, small);
      Arrays.fill(coefficients.values, 0);
    } else {
      any = coefficients.read(bits, column, small, segment);
    }
    if (small) {
      predictSmall(column, row);
    } else {
      Vp8Prediction.large(luma, 16 * column, 16 * row, 16, mode);
      for (int i = 0; i < 16; i++) {
        int x = 16 * column + 4 * (i & 3);
        luma.addTransformed(x, 16 * row + 4 * (i >> 2), coefficients.values, 16 * i);
      }
    }
    chroma(blue, column, row, chroma, 16);
    chroma(red, column, row, chroma, 20);
    boolean inner = small || any;
    filtering[row * columns + column] =
        (byte) (segment | (small ? 4 : 0) | (inner ? Vp8LoopFilter.INNER : 0));
  }

  private void chroma(Plane plane, int column, int row, int mode, int firstBlock) {
    Vp8Prediction.large(plane, 8 * column, 8 * row, 8, mode);
    for (int i = 0; i < 4; i++) {
      int x = 8 * column + 4 * (i & 1);
      int y = 8 * row + 4 * (i >> 1);
      plane.addTransformed(x, y, coefficients.values, 16 * (firstBlock + i));
    }
  }

  private int readLargeMode(int column) {
    int mode;
    if (header.modes.bit(156) == 1) {
      mode = header.modes.bit(128) == 1 ? Vp8Prediction.TRUE_MOTION : Vp8Prediction.HORIZONTAL;
    } else {
      mode = header.modes.bit(163) == 1 ? Vp8Prediction.VERTICAL : Vp8Prediction.DC;
    }
    Arrays.fill(modesAbove, 4 * column, 4 * column + 4, (byte) mode);
    Arrays.fill(modesLeft, (byte) mode);
    return mode;
  }

  private int readSmallModes(int column) {
    for (int y = 0; y < 4; y++) {
      int mode = modesLeft[y];
      for (int x = 0; x < 4; x++) {
        mode = readSmallMode((modesAbove[4 * column + x] * 10 + mode) * 9);
        modesAbove[4 * column + x] = (byte) mode;
        blockModes[4 * y + x] = (byte) mode;
      }
      modesLeft[y] = (byte) mode;
    }
    return 0;
  }

  /** Walks the tree of section 11.2; its leaves are in the order in which probabilities lie. */
  private int readSmallMode(int p) {
    for (int mode = 0; mode < 3; mode++) {
      if (branch(p + mode) == 0) {
        return mode;
      }
    }
    if (branch(p + 3) == 0) {
      return branch(p + 4) == 0 ? 3 : 4 + branch(p + 5);
    }
    if (branch(p + 6) == 0) {
      return 6;
    }
    if (branch(p + 7) == 0) {
      return 7;
    }
    return 8 + branch(p + 8);
  }

  private int branch(int p) {
    return header.modes.bit(Vp8Tables.BLOCK_MODES[p] & 0xFF);
  }

  private void predictSmall(int column, int row) {
    int left = 16 * column;
    int top = 16 * row;
    for (int i = 0; i < 16; i++) {
      int x = left + 4 * (i & 3);
      int y = top + 4 * (i >> 2);
      for (int k = 0; k < 4; k++) {
        edge[k] = luma.at(x - 1, y + 3 - k);
      }
      edge[4] = luma.at(x - 1, y - 1);
      for (int k = 0; k < 4; k++) {
        edge[5 + k] = luma.at(x + k, y - 1);
        // right of the macroblock only the row above it is there; at the picture's edge its last
        int aboveRight = (i & 3) == 3 ? top - 1 : y - 1;
        edge[9 + k] = luma.at(Math.min(x + 4 + k, luma.width - 1), aboveRight);
      }
      Vp8Prediction.small(luma, x, y, blockModes[i], edge);
      luma.addTransformed(x, y, coefficients.values, 16 * i);
    }
  }
}
