package org.sightline.runtime.image;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import javax.management.JMException;
import javax.management.ObjectName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.inference.InferenceException;

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

  private final ImageDecoder decoder = new ImageDecoder(1 << 20, 1_000_000, MAX_DECODED);

  @Test
  @Timeout(value = 120, unit = TimeUnit.SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void damagedPicturesAreDecodedOrRefused() throws JMException {
    long seed = Long.getLong("tests.seed", System.nanoTime());
    Random random = new Random(seed);
    int refused = 0;
    int decoded = 0;
    for (Formats.Case picture : Formats.cases()) {
      byte[] whole = picture.encoded();
      for (int round = 0; round < ROUNDS; round++) {
        byte[] damaged = damage(whole, random);
        String where = picture + ", round " + round + ", -Dtests.seed=" + seed;
        long before = allocated();
        try {
          decoder.decode(damaged, Transparency.WHITE).rgb();
          decoded++;
        } catch (InferenceException e) {
          assertEquals(InferenceException.Kind.INVALID_INPUT, e.kind(), where);
          refused++;
        } catch (RuntimeException | Error e) {
          fail(where, e);
        }
        long taken = allocated() - before;
        assertTrue(taken < MAX_ALLOCATED, where + " allocated " + taken + " bytes");
      }
    }
    assertTrue(refused > 500 && decoded > 100, "refused " + refused + ", decoded " + decoded);
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

  private static long allocated() throws JMException {
    ObjectName threads = new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME);
    return (Long)
        ManagementFactory.getPlatformMBeanServer()
            .getAttribute(threads, "CurrentThreadAllocatedBytes");
  }
}
