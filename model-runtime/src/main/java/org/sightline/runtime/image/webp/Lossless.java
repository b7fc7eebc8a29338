package org.sightline.runtime.image.webp;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.EnumSet;
import java.util.Set;

/**
 * Decodes the lossless bitstream into ARGB. Each transform occurs at most once, and the prefix
 * codes together may take no more heap than {@link #CODE_BITS} for each pixel, so that a small file
 * cannot claim large memory.
 */
final class Lossless {
  /** Heap of prefix codes for each pixel, in bits, beside a fixed part. */
  static final int CODE_BITS = 16;

  private static final int FIXED_CODE_BYTES = 1 << 20;
  private static final int LITERALS = 256;
  private static final int LENGTH_CODES = 24;
  private static final int DISTANCE_CODES = 40;
  private static final int GREEN = 0;
  private static final int RED = 1;
  private static final int BLUE = 2;
  private static final int ALPHA = 3;
  private static final int DISTANCE = 4;

  /** Near distances, {@code rows << 4 | 8 - columns}, by distance code less one. */
  private static final int[] NEAR = {
    0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a, 0x38, 0x05, 0x37,
    0x39, 0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04, 0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b,
    0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45, 0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56,
    0x5a, 0x23, 0x2d, 0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e,
    0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e, 0x78, 0x01, 0x77,
    0x79, 0x53, 0x5d, 0x11, 0x1f, 0x64, 0x6c, 0x42, 0x4e, 0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b,
    0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e, 0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e,
    0x30, 0x73, 0x7d, 0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70
  };

  private final BitReader bits;
  private long codeBytes;

  /** Codes for green and lengths, red, blue, alpha, distances. */
  private record Group(PrefixCode[] codes) {}

  /** Which group codes which square of {@code 1 << shift} pixels. */
  private record Groups(Group[] groups, int[] map, int shift, int stride) {
    Group at(int x, int y) {
      return map == null ? groups[0] : groups[map[(y >> shift) * stride + (x >> shift)]];
    }
  }

  private Lossless(BitReader bits, int width, int height) {
    this.bits = bits;
    this.codeBytes = FIXED_CODE_BYTES + (long) width * height * CODE_BITS / 8;
  }

  /**
   * @param bits after the header with the size
   * @return {@code [height * width]}, alpha in the high byte
   */
  static int[] decode(BitReader bits, int width, int height) throws IOException {
    return new Lossless(bits, width, height).picture(width, height);
  }

  private int[] picture(int width, int height) throws IOException {
    Deque<LosslessTransform> transforms = new ArrayDeque<>();
    Set<LosslessTransform.Kind> seen = EnumSet.noneOf(LosslessTransform.Kind.class);
    int packed = width;
    while (bits.flag()) {
      LosslessTransform.Kind kind = LosslessTransform.Kind.values()[bits.read(2)];
      if (seen.add(kind) == false) {
        throw new IOException("a transform that occurs twice");
      }
      LosslessTransform transform = transform(kind, packed, height);
      packed = transform.packedWidth();
      transforms.push(transform);
    }
    // wide enough for the pixels that unpacking gives
    int[] argb = new int[Math.multiplyExact(width, height)];
    entropyCoded(argb, packed, height, true);
    for (LosslessTransform transform : transforms) {
      transform.undo(argb, height);
    }
    return argb;
  }

  private LosslessTransform transform(LosslessTransform.Kind kind, int width, int height)
      throws IOException {
    switch (kind) {
      case PREDICT, COLOUR -> {
        int shift = bits.read(3) + 2;
        int columns = blocks(width, shift);
        int[] data = new int[columns * blocks(height, shift)];
        entropyCoded(data, columns, blocks(height, shift), false);
        return new LosslessTransform(kind, width, width, data, shift);
      }
      case PALETTE -> {
        int size = bits.read(8) + 1;
        int[] colours = new int[size];
        entropyCoded(colours, size, 1, false);
        for (int i = 1; i < size; i++) {
          colours[i] = LosslessTransform.add(colours[i], colours[i - 1]);
        }
        int shift = size > 16 ? 0 : size > 4 ? 1 : size > 2 ? 2 : 3;
        return new LosslessTransform(kind, width, blocks(width, shift), colours, shift);
      }
      default -> {
        return new LosslessTransform(kind, width, width, new int[0], 0);
      }
    }
  }

  private static int blocks(int size, int shift) {
    return size + (1 << shift) - 1 >> shift;
  }

  private void entropyCoded(int[] argb, int width, int height, boolean outer) throws IOException {
    int cacheBits = bits.flag() ? bits.read(4) : 0;
    if (cacheBits > 11) {
      throw new IOException("a colour cache of " + cacheBits + " bits, allowed are at most 11");
    }
    int cached = cacheBits == 0 ? 0 : 1 << cacheBits;
    Groups groups = groups(width, height, cached, outer);
    int[] cache = new int[cached];
    int hashShift = 32 - cacheBits;
    int pixels = width * height;
    Group group = groups.at(0, 0);
    int mask = groups.map() == null ? -1 : (1 << groups.shift()) - 1;
    for (int at = 0, x = 0, y = 0; at < pixels; ) {
      if ((x & mask) == 0 && groups.map() != null) {
        group = groups.at(x, y);
      }
      int symbol = group.codes()[GREEN].read(bits);
      int run = 1;
      if (symbol < LITERALS) {
        argb[at] = literal(group, symbol);
      } else if (symbol < LITERALS + LENGTH_CODES) {
        run = copy(argb, at, pixels, width, symbol - LITERALS, group);
      } else {
        argb[at] = cache[symbol - LITERALS - LENGTH_CODES];
      }
      if (cached > 0) {
        for (int i = at; i < at + run; i++) {
          cache[0x1E35A7BD * argb[i] >>> hashShift] = argb[i];
        }
      }
      at += run;
      x += run;
      if (x >= width) {
        y = at / width;
        x = at % width;
        if (groups.map() != null && at < pixels) {
          group = groups.at(x, y);
        }
      } else if (run > 1 && groups.map() != null) {
        group = groups.at(x, y);
      }
    }
  }

  private int literal(Group group, int green) throws IOException {
    int red = group.codes()[RED].read(bits);
    int blue = group.codes()[BLUE].read(bits);
    int alpha = group.codes()[ALPHA].read(bits);
    return alpha << 24 | red << 16 | green << 8 | blue;
  }

  /** Repeats earlier pixels; returns how many. */
  private int copy(int[] argb, int at, int pixels, int width, int lengthCode, Group group)
      throws IOException {
    int length = extended(lengthCode);
    int code = extended(group.codes()[DISTANCE].read(bits));
    int distance = code - NEAR.length;
    if (code <= NEAR.length) {
      int near = NEAR[code - 1];
      distance = Math.max(1, (near >> 4) * width + 8 - (near & 0xF));
    }
    if (distance > at || length > pixels - at) {
      throw new IOException("a repetition from outside of the image");
    }
    for (int i = at; i < at + length; i++) {
      argb[i] = argb[i - distance];
    }
    return length;
  }

  /** A length or distance, from 1: small codes stand for themselves, others for a range. */
  private int extended(int code) throws IOException {
    if (code < 4) {
      return code + 1;
    }
    int extra = code - 2 >> 1;
    return (2 + (code & 1) << extra) + bits.read(extra) + 1;
  }

  private Groups groups(int width, int height, int cached, boolean outer) throws IOException {
    int[] map = null;
    int shift = 0;
    int count = 1;
    int stride = 0;
    if (outer && bits.flag()) {
      shift = bits.read(3) + 2;
      stride = blocks(width, shift);
      map = new int[stride * blocks(height, shift)];
      entropyCoded(map, stride, blocks(height, shift), false);
      for (int i = 0; i < map.length; i++) {
        map[i] = map[i] >> 8 & 0xFFFF;
        count = Math.max(count, map[i] + 1);
      }
      if (count > map.length) {
        throw new IOException(count + " groups of prefix codes for " + map.length + " blocks");
      }
    }
    Group[] groups = new Group[count];
    for (int i = 0; i < count; i++) {
      PrefixCode[] codes = new PrefixCode[5];
      for (int kind = 0; kind < codes.length; kind++) {
        int alphabet =
            switch (kind) {
              case GREEN -> LITERALS + LENGTH_CODES + cached;
              case DISTANCE -> DISTANCE_CODES;
              default -> LITERALS;
            };
        codes[kind] = PrefixCode.readFrom(bits, alphabet);
        codeBytes -= codes[kind].heap();
      }
      if (codeBytes < 0) {
        throw new IOException("prefix codes larger than the image");
      }
      groups[i] = new Group(codes);
    }
    return new Groups(groups, map, shift, stride);
  }
}
