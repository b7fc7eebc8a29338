package org.sightline.query.match;

import org.sightline.query.input.InputSource;
import org.sightline.query.input.QueryInput;
import org.sightline.query.input.WeightedInput;

/**
 * The options of an {@code image_text_match} retriever other than those that every retriever has.
 *
 * @param modelId a model with an ITM head
 * @param input one text, then documents' images are scored; or one image, then their texts
 * @param field path in {@code _source} of the images, base64 or data URI; or of the texts
 * @param digestField keyword field with the digest of the image, or null for {@code field} followed
 *     by {@value #DIGEST_SUFFIX}, if that is mapped. It is believed where {@link
 *     org.sightline.query.mapping.TrustedDigests} says so; a digest that an update left behind
 *     stands for the old image, unless the image is fetched
 * @param verifyDigests whether images are fetched always, so that no digest stands for one
 * @param scoreMode what scores are made of
 * @param allowRerankFailures whether the first stage's order is good enough when inference fails
 */
public record MatchOptions(
    String modelId,
    QueryInput input,
    String field,
    String digestField,
    boolean verifyDigests,
    ScoreMode scoreMode,
    boolean allowRerankFailures) {
  /** What is appended to the image field's name to find its digest. */
  public static final String DIGEST_SUFFIX = "_digest";

  public MatchOptions {
    requireText("model_id", modelId);
    requireText("field", field);
    if (digestField != null) {
      requireText("digest_field", digestField);
    }
    if (input == null) {
      throw new IllegalArgumentException("[image_text_match] needs [input]");
    }
    if (input.inputs().size() != 1) {
      throw new IllegalArgumentException(
          "[image_text_match] matches one text or one image, [input] has ["
              + input.inputs().size()
              + "] inputs");
    }
    if (input.inputs().get(0).source() instanceof InputSource.Document) {
      throw new IllegalArgumentException(
          "[input] of [image_text_match] must be a text or an image, a [document] has only a"
              + " vector");
    }
    if (input.inputs().get(0).weight() != WeightedInput.DEFAULT_WEIGHT) {
      throw new IllegalArgumentException(
          "[weight] has no meaning in [image_text_match], which has one [input]");
    }
    if (input.inputs().get(0).source() instanceof InputSource.Image) {
      requireNoDigests("digest_field", digestField == null);
      requireNoDigests("verify_digests", verifyDigests == false);
    }
    if (scoreMode == null) {
      scoreMode = ScoreMode.MATCH_PROBABILITY;
    }
  }

  private static void requireNoDigests(String option, boolean absent) {
    if (absent == false) {
      throw new IllegalArgumentException(
          "[" + option + "] has no meaning when [input] is an image and [field] holds texts");
    }
  }

  private static void requireText(String option, String value) {
    if (value == null || value.isBlank()) {
      throw new IllegalArgumentException("[image_text_match] needs [" + option + "]");
    }
  }

  /** The one input. */
  InputSource query() {
    return input.inputs().get(0).source();
  }

  /** Whether documents' images are scored, and not their texts. */
  boolean scoresImages() {
    return query() instanceof InputSource.Text;
  }

  /** Where in {@code _source} the digests are, if anywhere. */
  String digestPath() {
    return digestField == null ? field + DIGEST_SUFFIX : digestField;
  }
}
