package org.sightline.runtime.inference;

/**
 * How captions are decoded. What is null is what the model's manifest says. The names are those of
 * requests and pipelines, and of HuggingFace's {@code generate}, whose results these are.
 *
 * @param prompt captions go on from it and do not repeat it
 * @param numCaptions captions of each image, 1 where null; with beams at most as many as these
 * @param numBeams beams of the search; 1 takes the likeliest token at each step
 * @param maxLength in tokens, the first one and the prompt included
 * @param minLength likewise; the end is not allowed before
 * @param repetitionPenalty above 1, tokens that occurred become less likely (Keskar et al., CTRL,
 *     arXiv 1909.05858, section 4.1)
 * @param lengthPenalty exponent of the length by which the score of a beam is divided; above 0
 *     longer captions win
 * @param topP nucleus sampling (Holtzman et al., arXiv 1904.09751): at each step one of the
 *     likeliest tokens that together have this probability is drawn; excludes {@code numBeams}
 * @param seed of the drawing; where null it follows from the image, so that the same image gets the
 *     same captions
 */
public record CaptionOptions(
    String prompt,
    Integer numCaptions,
    Integer numBeams,
    Integer maxLength,
    Integer minLength,
    Double repetitionPenalty,
    Double lengthPenalty,
    Double topP,
    Long seed) {
  /** Most beams, and most captions of an image. */
  public static final int MAX_BEAMS = 16;

  /** Longest caption, and longest text of a model, in tokens. */
  public static final int MAX_TOKENS = 4096;

  /** Longer prompts are refused before they are tokenised. */
  public static final int MAX_PROMPT_CHARACTERS = 4096;

  /** All that the model says. */
  public static final CaptionOptions DEFAULTS =
      new CaptionOptions(null, null, null, null, null, null, null, null, null);

  /**
   * @throws IllegalArgumentException naming the option, what was received and what is allowed
   */
  public CaptionOptions {
    if (prompt != null && prompt.length() > MAX_PROMPT_CHARACTERS) {
      throw new IllegalArgumentException(
          "[prompt] must have at most ["
              + MAX_PROMPT_CHARACTERS
              + "] characters, got ["
              + prompt.length()
              + "]");
    }
    within("num_captions", numCaptions, 1, MAX_BEAMS);
    within("num_beams", numBeams, 1, MAX_BEAMS);
    within("max_length", maxLength, 2, MAX_TOKENS);
    within("min_length", minLength, 0, MAX_TOKENS);
    within("repetition_penalty", repetitionPenalty, 0.1, 10);
    within("length_penalty", lengthPenalty, -10, 10);
    within("top_p", topP, Math.nextUp(0.0), 1);
    if (topP != null && numBeams != null) {
      throw new IllegalArgumentException(
          "[top_p] draws at random and [num_beams] searches, expected only one of them");
    }
    if (seed != null && topP == null) {
      throw new IllegalArgumentException("[seed] needs [top_p], nothing is drawn without it");
    }
  }

  private static void within(String name, Integer value, int min, int max) {
    if (value != null && (value < min || value > max)) {
      throw new IllegalArgumentException(
          "[" + name + "] must be in [" + min + ", " + max + "], got [" + value + "]");
    }
  }

  private static void within(String name, Double value, double min, double max) {
    if (value != null && !(value >= min && value <= max)) {
      String from = min == Math.nextUp(0.0) ? "(0" : "[" + min;
      throw new IllegalArgumentException(
          "[" + name + "] must be in " + from + ", " + max + "], got [" + value + "]");
    }
  }
}
