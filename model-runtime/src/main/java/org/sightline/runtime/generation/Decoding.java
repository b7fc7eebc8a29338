package org.sightline.runtime.generation;

import java.util.Objects;
import org.sightline.runtime.bundle.CaptionSpec;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.InferenceException;

/**
 * How sequences are decoded, nothing left open.
 *
 * @param sequences how many are asked for, at least 1
 * @param beams 1 where nothing is searched
 * @param maxLength in tokens, the prompt included
 * @param minLength in tokens, the prompt included
 * @param repetitionPenalty 1 changes nothing
 * @param lengthPenalty exponent of the length
 * @param topP probability of the nucleus, or null where nothing is drawn
 * @param seed of the drawing, or null for one that follows from the image
 * @param endTokenId ends a sequence
 */
public record Decoding(
    int sequences,
    int beams,
    int maxLength,
    int minLength,
    double repetitionPenalty,
    double lengthPenalty,
    Double topP,
    Long seed,
    int endTokenId) {

  /**
   * What a request says, and the model where the request says nothing.
   *
   * @param longest of the model's texts, in tokens
   * @throws InferenceException of kind {@code INVALID_INPUT}, naming the option
   */
  public static Decoding of(CaptionOptions options, CaptionSpec model, int longest) {
    int sequences = or(options.numCaptions(), 1);
    int beams = options.topP() != null ? 1 : or(options.numBeams(), beams(model, sequences));
    int maxLength = or(options.maxLength(), model.maxLength());
    int minLength = or(options.minLength(), Math.min(model.minLength(), maxLength));
    if (maxLength > longest) {
      throw InferenceException.invalid(
          "[max_length] must be at most ["
              + longest
              + "], which is the model's longest text, got ["
              + maxLength
              + "]");
    }
    if (minLength > maxLength) {
      throw InferenceException.invalid(
          "[min_length] must be at most [max_length] [" + maxLength + "], got [" + minLength + "]");
    }
    if (options.topP() == null && sequences > beams) {
      throw InferenceException.invalid(
          "[num_captions] must be at most [num_beams] ["
              + beams
              + "] unless [top_p] is set, got ["
              + sequences
              + "]");
    }
    return new Decoding(
        sequences,
        beams,
        maxLength,
        minLength,
        or(options.repetitionPenalty(), (double) model.repetitionPenalty()),
        or(options.lengthPenalty(), (double) model.lengthPenalty()),
        options.topP(),
        options.seed(),
        model.endTokenId());
  }

  /** Who asks for more captions than the model has beams, and names no beams, wants more. */
  private static int beams(CaptionSpec model, int sequences) {
    return Math.max(model.numBeams(), sequences);
  }

  private static <T> T or(T value, T otherwise) {
    return Objects.requireNonNullElse(value, otherwise);
  }

  /**
   * Begins the sequences of one image.
   *
   * @param prompt ids that all sequences begin with, at least one
   * @param imageSeed of the drawing, where the request names none
   */
  public Sequences begin(long[] prompt, long imageSeed) {
    if (beams > 1) {
      return new BeamSearch(this, prompt);
    }
    return new TokenChains(this, prompt, seed == null ? imageSeed : seed);
  }

  /** Largest number of tokens that are generated for one image, over all beams. */
  public long mostTokens() {
    return (long) width() * (maxLength - 1);
  }

  /** Rows of an image after the first step. */
  public int width() {
    return beams > 1 ? beams : sequences;
  }
}
