package org.sightline.image;

/**
 * Mixes two rows across at once: a long holds the same sample of both, 32 bits each, so that one
 * multiplication serves two. Sums of weighted samples fit into 32 bits with their sign ({@link
 * ResampleWeights#PRECISION_BITS}); what the lower one borrows from the upper one when it is
 * negative is given back in the end. For use by one thread.
 */
final class RowPair {
  private static final long BOTH_HALVES = (long) Resampler.HALF << 32 | Resampler.HALF;

  private final long[] samples;

  /**
   * @param width of the rows, in pixels
   */
  RowPair(int width) {
    this.samples = new long[3 * width];
  }

  /**
   * Mixes two rows, which may be one and the same.
   *
   * @param lower {@code [3 * width]}
   * @param upper likewise
   * @param lowerTo receives {@code [3 * outputs]}, 0 to 255
   * @param upperTo likewise
   */
  void mix(byte[] lower, byte[] upper, ResampleWeights across, int[] lowerTo, int[] upperTo) {
    for (int i = 0; i < samples.length; i++) {
      samples[i] = lower[i] & 0xFFL | (upper[i] & 0xFFL) << 32;
    }
    int[] weights = across.weights();
    int[] first = across.first();
    int[] counts = across.counts();
    int stride = across.stride();
    for (int i = 0; i < first.length; i++) {
      long red = BOTH_HALVES;
      long green = BOTH_HALVES;
      long blue = BOTH_HALVES;
      int from = 3 * first[i];
      int k = i * stride;
      int count = counts[i];
      for (int j = 0; j < count; j++) {
        long weight = weights[k + j];
        red += samples[from + 3 * j] * weight;
        green += samples[from + 3 * j + 1] * weight;
        blue += samples[from + 3 * j + 2] * weight;
      }
      put(lowerTo, 3 * i, (int) red, (int) green, (int) blue);
      put(upperTo, 3 * i, upper(red), upper(green), upper(blue));
    }
  }

  private static int upper(long sums) {
    return (int) (sums - (int) sums >> 32);
  }

  private static void put(int[] to, int at, int red, int green, int blue) {
    to[at] = Resampler.clip(red);
    to[at + 1] = Resampler.clip(green);
    to[at + 2] = Resampler.clip(blue);
  }
}
