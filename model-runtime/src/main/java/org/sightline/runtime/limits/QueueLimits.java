package org.sightline.runtime.limits;

import org.sightline.runtime.inference.Role;

/**
 * Bounds of the inputs that wait for one graph of one model, for each purpose. The constants are
 * the names of the settings, for messages.
 *
 * @param inputs largest number of waiting inputs of any role but matching
 * @param imagePixels largest number of pixels of waiting pictures, as they are sent
 * @param textTokens largest number of tokens of waiting texts
 * @param matchPairs largest number of waiting pairs of a text and an image
 * @param captionTokens largest number of tokens that waiting captions may get, over all beams
 */
public record QueueLimits(
    int inputs, long imagePixels, long textTokens, int matchPairs, long captionTokens) {
  public static final String INPUTS = "sightline.inference.queue_size";
  public static final String IMAGE_PIXELS = "sightline.inference.queue.image_pixels";
  public static final String TEXT_TOKENS = "sightline.inference.queue.text_tokens";
  public static final String MATCH_PAIRS = "sightline.inference.queue.match_pairs";
  public static final String CAPTION_TOKENS = "sightline.inference.queue.caption_tokens";

  /**
   * Two requests of a thousand inputs each: pictures of 24 megapixels, texts of 512 tokens,
   * captions of 256 tokens.
   */
  public static final QueueLimits DEFAULTS =
      new QueueLimits(2048, 2048 * 24_000_000L, 2048 * 512L, 2048, 2048 * 256L);

  public QueueLimits {
    RuntimeLimits.atLeast("inputs", inputs, 1);
    RuntimeLimits.atLeast("imagePixels", imagePixels, 1);
    RuntimeLimits.atLeast("textTokens", textTokens, 1);
    RuntimeLimits.atLeast("matchPairs", matchPairs, 1);
    RuntimeLimits.atLeast("captionTokens", captionTokens, 1);
  }

  /** The same with another number of inputs, and of pairs. */
  public QueueLimits withInputs(int count) {
    return new QueueLimits(count, imagePixels, textTokens, count, captionTokens);
  }

  /**
   * The bound of one role's queue, for each purpose.
   *
   * @param inputs largest number of waiting inputs
   * @param work largest sum of their estimated work
   * @param unit unit of the work
   * @param setting name of the setting that bounds the work
   */
  public record Bound(int inputs, long work, WorkUnit unit, String setting) {}

  public Bound of(Role role) {
    WorkUnit unit = WorkUnit.of(role);
    return switch (role) {
      case IMAGE_EMBEDDING, IMAGE_TOKENS -> new Bound(inputs, imagePixels, unit, IMAGE_PIXELS);
      case TEXT_EMBEDDING, TEXT_FEATURES -> new Bound(inputs, textTokens, unit, TEXT_TOKENS);
      case MATCHING -> new Bound(matchPairs, matchPairs, unit, MATCH_PAIRS);
      case CAPTION_DECODER -> new Bound(inputs, captionTokens, unit, CAPTION_TOKENS);
    };
  }
}
