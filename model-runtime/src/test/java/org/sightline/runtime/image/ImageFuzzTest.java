package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.testsupport.load.Allocated;

/**
 * Pictures with changed, missing and cut off bytes are decoded or refused, within bounded memory
 * and time. Run again with {@code -Dtests.seed} from the message of a failure.
 */
class ImageFuzzTest {
  private static final int ROUNDS = 25;
  private static final long MAX_DECODED = 8_000_000;

  /**
   * What a reader may allocate in all, garbage included; a claim that is believed takes far more.
   */
  private static final long MAX_ALLOCATED = 8 * MAX_DECODED;

  private static final int MAX_MESSAGE = 2_000;
  private static final int[] EXTREMES = {0, 1, 0x7FFF, 0xFFFF, 0x10000, Integer.MAX_VALUE, -1};

  private final ImageDecoder decoder = new ImageDecoder(1 << 20, 1_000_000, MAX_DECODED);

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void damagedPicturesAreDecodedOrRefused() {
    tryOut(ImageFuzzTest::damage, 500);
  }

  /** Sizes, counts, places and types at their extremes; all of them: lab/benchmarks/pictures. */
  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void fieldsAtTheirExtremesAreDecodedOrRefused() {
    tryOut(ImageFuzzTest::extreme, 500);
  }

  private void tryOut(BiFunction<byte[], Random, byte[]> damage, int leastRefused) {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    int refused = 0;
    int decoded = 0;
    for (Formats.Case picture : Formats.cases()) {
      byte[] whole = picture.encoded();
      for (int round = 0; round < ROUNDS; round++) {
        byte[] damaged = damage.apply(whole, random);
        String where = picture + ", round " + round + ", -Dtests.seed=" + seed;
        long before = Allocated.byThisThread();
        try {
          decoder.decode(damaged, Transparency.WHITE).rgb();
          decoded++;
        } catch (InferenceException e) {
          assertEquals(InferenceException.Kind.INVALID_INPUT, e.kind(), where);
          assertTrue(e.getMessage().length() < MAX_MESSAGE, where + ": " + e.getMessage());
          refused++;
        } catch (RuntimeException | Error e) {
          fail(where, e);
        }
        long taken = Allocated.byThisThread() - before;
        assertTrue(taken < MAX_ALLOCATED, where + " allocated " + taken + " bytes");
      }
    }
    assertTrue(
        refused > leastRefused && decoded > 100, "refused " + refused + ", decoded " + decoded);
  }

  private static byte[] extreme(byte[] whole, Random random) {
    byte[] changed = whole.clone();
    ByteOrder order = random.nextBoolean() ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    ByteBuffer field = ByteBuffer.wrap(changed).order(order);
    // headers are at the beginning, directories of TIFF at the end
    int at = random.nextInt(Math.min(changed.length - 3, 160));
    at = random.nextInt(3) == 0 ? changed.length - 4 - at : at;
    if (random.nextBoolean()) {
      field.putShort(at, (short) EXTREMES[random.nextInt(EXTREMES.length)]);
    } else {
      field.putInt(at, EXTREMES[random.nextInt(EXTREMES.length)]);
    }
    return changed;
  }

  private static byte[] damage(byte[] whole, Random random) {
    byte[] damaged = whole.clone();
    for (int i = random.nextInt(6); i >= 0; i--) {
      // headers are where most is claimed
      int range = random.nextBoolean() ? damaged.length : Math.min(damaged.length, 120);
      int value = random.nextInt(3) == 0 ? 0xFF : random.nextInt(256);
      damaged[random.nextInt(range)] = (byte) value;
    }
    boolean cut = random.nextInt(4) == 0;
    return cut ? Arrays.copyOf(damaged, random.nextInt(damaged.length)) : damaged;
  }
}
