package org.sightline.runtime.image.webp;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Streams written bit by bit that no encoder would write. */
class LosslessTest {
  /** Collects bits, lowest first. */
  private static final class Bits {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int current;
    private int used;

    Bits put(int value, int count) {
      for (int i = 0; i < count; i++) {
        current |= (value >> i & 1) << used++;
        if (used == 8) {
          bytes.write(current);
          current = 0;
          used = 0;
        }
      }
      return this;
    }

    /** Neither transforms nor a colour cache nor groups of codes. */
    static Bits plain() {
      return new Bits().put(0, 3);
    }

    /** A code of one symbol, which takes no bits where it is used. */
    Bits single(int symbol) {
      return put(1, 1).put(0, 1).put(1, 1).put(symbol, 8);
    }

    /** Codes for pictures of one colour. */
    Bits colour(int red, int green, int blue, int alpha) {
      return single(green).single(red).single(blue).single(alpha).single(0);
    }

    /** A code whose lengths are coded by a 0 for the length 1, and a 1 for zeros with a count. */
    Bits written() {
      return put(0, 1).put(0, 4).put(0, 3).put(1, 3).put(0, 3).put(1, 3).put(0, 1);
    }

    Bits zeros(int count) {
      return put(1, 1).put(count - 11, 7);
    }

    Bits one() {
      return put(0, 1);
    }

    int[] decode(int width, int height) throws IOException {
      bytes.write(current);
      return Lossless.decode(new BitReader(bytes.toByteArray(), 0, bytes.size()), width, height);
    }
  }

  private static String refusal(Bits bits) {
    return assertThrows(IOException.class, () -> bits.decode(8, 8)).getMessage();
  }

  @Test
  void oneColourTakesNoBitsForPixels() throws IOException {
    int[] argb = Bits.plain().colour(0x12, 0x34, 0x56, 0xFF).decode(2, 1);
    assertArrayEquals(new int[] {0xFF123456, 0xFF123456}, argb);
  }

  /** A few bytes would claim 65,536 groups of codes. */
  @Test
  void refusesMoreGroupsThanBlocks() {
    Bits bits = new Bits().put(0, 2).put(1, 1).put(0, 3);
    bits.put(0, 1).colour(0xFF, 0xFF, 0, 0);
    assertEquals("65536 groups of prefix codes for 4 blocks", refusal(bits));
  }

  @Test
  void refusesACodeThatIsNotComplete() {
    Bits bits = Bits.plain().written().one().one().one().zeros(138).zeros(128).zeros(11);
    assertEquals("a prefix code that is not complete", refusal(bits));
  }

  @Test
  void refusesMoreLengthsThanSymbols() {
    Bits bits = Bits.plain().written().zeros(138).zeros(138).zeros(138);
    assertEquals("a prefix code with more lengths than symbols", refusal(bits));
  }

  @Test
  void refusesARepetitionFromBeforeTheImage() {
    // green has only symbol 256: repeat one pixel
    Bits bits = Bits.plain().written().zeros(138).zeros(118).one().zeros(23);
    bits.single(0).single(0).single(0).single(0);
    assertEquals("a repetition from outside of the image", refusal(bits));
  }

  @Test
  void refusesATransformThatOccursTwice() {
    assertEquals(
        "a transform that occurs twice",
        refusal(new Bits().put(1, 1).put(2, 2).put(1, 1).put(2, 2)));
  }

  @Test
  void refusesWhatEndsTooEarly() {
    assertThrows(EOFException.class, () -> Bits.plain().put(1, 1).decode(8, 8));
  }
}
