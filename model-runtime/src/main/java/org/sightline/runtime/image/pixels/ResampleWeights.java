package org.sightline.runtime.image.pixels;

import org.sightline.runtime.bundle.ImageSpec.Interpolation;

/**
 * The weights with which the samples of one axis are mixed, in fixed point: for each output sample
 * the first input sample it reads and one weight for each that follows.
 *
 * <p>The filter is widened by the scale when the image shrinks, which is what makes it antialiased,
 * and the weights of each output sample add up to one. Positions, rounding and precision are those
 * of Pillow's 8-bit resampling, so that results are equal bit for bit.
 *
 * @param first first input sample of each output sample
 * @param counts number of input samples of each output sample
 * @param weights {@code [outputs * stride]}, scaled by {@code 2^PRECISION_BITS}
 * @param stride weights kept for each output sample
 */
record ResampleWeights(int[] first, int[] counts, int[] weights, int stride) {
  /** Eight bits of sample and two of headroom (the cubic's weights exceed one) leave 22 of 32. */
  static final int PRECISION_BITS = 32 - 8 - 2;

  /** Coefficient of Keys' cubic convolution ("Cubic convolution interpolation", 1981). */
  private static final double A = -0.5;

  /**
   * Weights for a part of the resized axis.
   *
   * @param inSize samples of the input
   * @param boxFrom where the resized part of the input begins; samples outside of it are mixed in
   *     at its edges, as Pillow does with {@code resize(box=...)}
   * @param boxSize samples of that part
   * @param outSize samples of the whole resized axis; may be far larger than what is computed
   * @param from first output sample wanted
   * @param length number of output samples wanted
   */
  static ResampleWeights of(
      Interpolation filter,
      int inSize,
      double boxFrom,
      double boxSize,
      long outSize,
      long from,
      int length) {
    double scale = boxSize / outSize;
    double filterScale = Math.max(scale, 1.0);
    double support = radius(filter) * filterScale;
    int stride = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[length];
    int[] counts = new int[length];
    int[] weights = new int[Math.multiplyExact(length, stride)];
    double[] window = new double[stride];
    for (int i = 0; i < length; i++) {
      double center = boxFrom + (from + i + 0.5) * scale;
      int begin = Math.max(0, (int) (center - support + 0.5));
      int end = Math.min(inSize, (int) (center + support + 0.5));
      double sum = 0;
      for (int x = begin; x < end; x++) {
        double weight = weight(filter, (x - center + 0.5) * (1.0 / filterScale));
        window[x - begin] = weight;
        sum += weight;
      }
      first[i] = begin;
      counts[i] = end - begin;
      for (int k = 0; k < end - begin; k++) {
        weights[i * stride + k] = fixedPoint(sum == 0 ? window[k] : window[k] / sum);
      }
    }
    return new ResampleWeights(first, counts, weights, stride);
  }

  /** First input sample that any output sample reads. */
  int begin() {
    return first[0];
  }

  /** One beyond the last input sample that any output sample reads. */
  int end() {
    int last = first.length - 1;
    return first[last] + counts[last];
  }

  private static int fixedPoint(double weight) {
    double scaled = weight * (1 << PRECISION_BITS);
    return (int) (weight < 0 ? scaled - 0.5 : scaled + 0.5);
  }

  private static double radius(Interpolation filter) {
    return switch (filter) {
      case BICUBIC -> 2.0;
      case BILINEAR -> 1.0;
    };
  }

  private static double weight(Interpolation filter, double distance) {
    double x = Math.abs(distance);
    return switch (filter) {
      case BILINEAR -> x < 1.0 ? 1.0 - x : 0.0;
      case BICUBIC -> {
        if (x < 1.0) {
          yield ((A + 2.0) * x - (A + 3.0)) * x * x + 1;
        }
        yield x < 2.0 ? (((x - 5) * x + 8) * x - 4) * A : 0.0;
      }
    };
  }
}
