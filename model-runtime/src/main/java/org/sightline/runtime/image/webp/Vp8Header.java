package org.sightline.runtime.image.webp;

import java.io.EOFException;
import java.io.IOException;

/** The header of a key frame (RFC 6386, section 9): everything that holds for all macroblocks. */
final class Vp8Header {
  static final int SEGMENTS = 4;
  private static final int FIXED = 10;

  final int width;
  final int height;

  /** Reads the modes of macroblocks, which follow the header. */
  final BoolDecoder modes;

  /** Read the coefficients, one for each row of macroblocks in turn. */
  final BoolDecoder[] coefficients;

  final boolean segmentMap;
  final int[] segmentTree = {255, 255, 255};
  final boolean simpleFilter;

  /** Level and limits of the loop filter {@code [segment][small blocks]}. */
  final FilterStrength[][] filters = new FilterStrength[SEGMENTS][2];

  /** Steps {@code [segment][y dc, y ac, y2 dc, y2 ac, uv dc, uv ac]}. */
  final int[][] steps = new int[SEGMENTS][];

  /** {@code [type 4][band 8][context 3][token 11]}. */
  final byte[] probabilities = Vp8Tables.COEFFICIENTS.clone();

  /** Probability that a macroblock is not skipped, or -1 where none is. */
  final int skip;

  private final int[] segmentSteps = new int[SEGMENTS];
  private final int[] segmentLevels = new int[SEGMENTS];
  private final int[] deltas = new int[8];
  private boolean segmented;
  private boolean absolute = true;

  /**
   * @param level 0 to 63, 0 for none
   * @param interior largest difference of neighbours
   * @param varied difference from which an edge counts as high variance
   */
  record FilterStrength(int level, int interior, int varied) {
    int limit() {
      return 2 * level + interior;
    }
  }

  Vp8Header(byte[] bytes, int from, int length) throws IOException {
    int[] size = size(bytes, from, length);
    width = size[0];
    height = size[1];
    int first =
        (bytes[from] & 0xFF | (bytes[from + 1] & 0xFF) << 8 | (bytes[from + 2] & 0xFF) << 16) >> 5;
    if (first > length - FIXED) {
      throw new EOFException("the first partition lies outside of the file");
    }
    modes = new BoolDecoder(bytes, from + FIXED, first);
    modes.number(2);
    segmentMap = readSegments();
    simpleFilter = modes.flag();
    int level = modes.number(6);
    int sharpness = modes.number(3);
    readFilterDeltas();
    strengths(level, sharpness);
    int parts = 1 << modes.number(2);
    coefficients = partitions(bytes, from + FIXED + first, from + length, parts);
    readSteps();
    modes.flag();
    for (int i = 0; i < probabilities.length; i++) {
      if (modes.bit(Vp8Tables.UPDATES[i] & 0xFF) == 1) {
        probabilities[i] = (byte) modes.number(8);
      }
    }
    skip = modes.flag() ? modes.number(8) : -1;
    modes.checkEnd();
  }

  /** Width and height, from the fixed part of the header. */
  static int[] size(byte[] bytes, int from, int length) throws IOException {
    if (length < FIXED) {
      throw new EOFException("the data of the image ends within its header");
    }
    boolean keyFrame = (bytes[from] & 1) == 0;
    int profile = bytes[from] >> 1 & 7;
    boolean shown = (bytes[from] & 0x10) != 0;
    boolean marked =
        bytes[from + 3] == (byte) 0x9D && bytes[from + 4] == 1 && bytes[from + 5] == 0x2A;
    if (keyFrame == false || profile > 3 || shown == false || marked == false) {
      throw new IOException("lossy data that does not begin with a key frame");
    }
    int width = (bytes[from + 6] & 0xFF | bytes[from + 7] << 8) & 0x3FFF;
    int height = (bytes[from + 8] & 0xFF | bytes[from + 9] << 8) & 0x3FFF;
    if (width == 0 || height == 0) {
      throw new IOException("a width or height of 0");
    }
    return new int[] {width, height};
  }

  private boolean readSegments() {
    segmented = modes.flag();
    if (segmented == false) {
      return false;
    }
    boolean map = modes.flag();
    if (modes.flag()) {
      absolute = modes.flag();
      for (int i = 0; i < SEGMENTS; i++) {
        segmentSteps[i] = modes.optionalSigned(7);
      }
      for (int i = 0; i < SEGMENTS; i++) {
        segmentLevels[i] = modes.optionalSigned(6);
      }
    }
    for (int i = 0; map && i < segmentTree.length; i++) {
      segmentTree[i] = modes.flag() ? modes.number(8) : 255;
    }
    return map;
  }

  /** Four by reference frame, of which the first counts, then four by mode. */
  private void readFilterDeltas() {
    boolean used = modes.flag();
    if (used && modes.flag()) {
      for (int i = 0; i < deltas.length; i++) {
        deltas[i] = modes.optionalSigned(6);
      }
    }
  }

  private void strengths(int frameLevel, int sharpness) {
    for (int segment = 0; segment < SEGMENTS; segment++) {
      int base = frameLevel;
      if (segmented) {
        base = segmentLevels[segment] + (absolute ? 0 : frameLevel);
      }
      for (int small = 0; small < 2; small++) {
        int level = clip(base + deltas[0] + (small == 1 ? deltas[4] : 0), 63);
        int interior = level;
        if (sharpness > 0) {
          interior = Math.min(level >> (sharpness > 4 ? 2 : 1), 9 - sharpness);
        }
        int varied = level >= 40 ? 2 : level >= 15 ? 1 : 0;
        // a frame with level 0 is not filtered, whatever its segments say
        filters[segment][small] =
            new FilterStrength(frameLevel == 0 ? 0 : level, Math.max(1, interior), varied);
      }
    }
  }

  private static BoolDecoder[] partitions(byte[] bytes, int sizes, int end, int count)
      throws EOFException {
    int from = sizes + 3 * (count - 1);
    if (from >= end) {
      throw new EOFException("the partitions lie outside of the file");
    }
    BoolDecoder[] partitions = new BoolDecoder[count];
    for (int i = 0; i < count; i++) {
      int length = end - from;
      if (i < count - 1) {
        int at = sizes + 3 * i;
        int size = bytes[at] & 0xFF | (bytes[at + 1] & 0xFF) << 8 | (bytes[at + 2] & 0xFF) << 16;
        length = Math.min(length, size);
      }
      partitions[i] = new BoolDecoder(bytes, from, length);
      from += length;
    }
    return partitions;
  }

  private void readSteps() {
    int base = modes.number(7);
    int lumaDc = modes.optionalSigned(4);
    int secondDc = modes.optionalSigned(4);
    int secondAc = modes.optionalSigned(4);
    int chromaDc = modes.optionalSigned(4);
    int chromaAc = modes.optionalSigned(4);
    for (int i = 0; i < SEGMENTS; i++) {
      int q = base;
      if (segmented) {
        q = segmentSteps[i] + (absolute ? 0 : base);
      }
      steps[i] =
          new int[] {
            Vp8Tables.DC_STEPS[clip(q + lumaDc, 127)],
            Vp8Tables.AC_STEPS[clip(q, 127)],
            2 * Vp8Tables.DC_STEPS[clip(q + secondDc, 127)],
            Math.max(8, Vp8Tables.AC_STEPS[clip(q + secondAc, 127)] * 155 / 100),
            Vp8Tables.DC_STEPS[clip(q + chromaDc, 117)],
            Vp8Tables.AC_STEPS[clip(q + chromaAc, 127)]
          };
    }
  }

  private static int clip(int value, int max) {
    return Math.max(0, Math.min(max, value));
  }
}
