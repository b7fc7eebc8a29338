package org.sightline.runtime.text;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;

/**
 * SentencePiece's map of characters, as the normalizer {@code Precompiled} has it: the size of a
 * trie in bytes, the trie as a double array (Darts) of 32-bit units, and the replacements, each
 * with a zero behind it. The native library reads units and replacements without a look at the
 * bounds.
 */
final class CharsMap {
  private static final int BYTES = 256;
  private static final int HAS_LEAF = 1 << 8;
  private static final int VALUE = 0x7FFFFFFF;
  private static final int LABEL = 1 << 31 | 0xFF;

  private final int[] units;
  private final byte[] replacements;

  private CharsMap(int[] units, byte[] replacements) {
    this.units = units;
    this.replacements = replacements;
  }

  /**
   * @throws IllegalArgumentException when some text would be looked up beyond the map
   */
  static void check(byte[] map) {
    ByteBuffer buffer = ByteBuffer.wrap(map).order(ByteOrder.LITTLE_ENDIAN);
    long bytes = map.length < Integer.BYTES ? 0 : Integer.toUnsignedLong(buffer.getInt());
    if (bytes < Integer.BYTES || bytes > buffer.remaining()) {
      throw new IllegalArgumentException("it has [" + map.length + "] bytes, which is no map");
    }
    int[] units = new int[(int) (bytes / Integer.BYTES)];
    buffer.asIntBuffer().get(units);
    buffer.position(Integer.BYTES * (1 + units.length));
    byte[] replacements = new byte[buffer.remaining()];
    buffer.get(replacements);
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(replacements));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("its replacements are not UTF-8", e);
    }
    new CharsMap(units, replacements).walk();
  }

  /** Visits every node that some text leads to. */
  private void walk() {
    BitSet seen = new BitSet();
    Deque<Integer> nodes = new ArrayDeque<>();
    nodes.add(offset(units[0]));
    while (nodes.isEmpty() == false) {
      int node = nodes.remove();
      for (int letter = 1; letter < BYTES; letter++) {
        int position = node ^ letter;
        int unit = unit(position);
        if ((unit & LABEL) == letter) {
          int child = position ^ offset(unit);
          if ((unit & HAS_LEAF) != 0) {
            requireReplacement(unit(child) & VALUE);
          }
          if (seen.get(child) == false) {
            seen.set(child);
            nodes.add(child);
          }
        }
      }
    }
  }

  private static int offset(int unit) {
    return (unit >>> 10) << ((unit & 1 << 9) >>> 6);
  }

  private int unit(int position) {
    if (position < 0 || position >= units.length) {
      throw new IllegalArgumentException("its trie leads beyond its [" + units.length + "] units");
    }
    return units[position];
  }

  /** A replacement begins with a character, not within one. */
  private void requireReplacement(int index) {
    boolean begins =
        index == replacements.length
            || index < replacements.length && (replacements[index] & 0xC0) != 0x80;
    if (begins == false) {
      throw new IllegalArgumentException("it has no replacement at [" + index + "]");
    }
  }
}
