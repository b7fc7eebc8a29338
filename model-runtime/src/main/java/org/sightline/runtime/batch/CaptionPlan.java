package org.sightline.runtime.batch;

import java.util.Arrays;
import java.util.List;
import org.sightline.runtime.generation.Decoding;
import org.sightline.runtime.generation.Sequences;
import org.sightline.runtime.inference.InferenceException;

/**
 * How captions are decoded. Captions with equal plans are decoded together, also those of different
 * requests.
 *
 * @param decoding beam search or sampling, with its options
 * @param prompt ids with which every caption begins
 */
public record CaptionPlan(Decoding decoding, List<Long> prompt) {

  /**
   * Tokenizes the prompt.
   *
   * @param prompt null or blank for none
   * @throws InferenceException of kind {@code INVALID_INPUT} when the prompt leaves no room
   */
  public static CaptionPlan of(
      Decoding decoding, String prompt, int firstTokenId, TextStage texts) {
    long[] ids = texts.promptIds(prompt, firstTokenId);
    if (ids.length >= decoding.maxLength()) {
      throw InferenceException.invalid(
          "[prompt] has ["
              + ids.length
              + "] tokens with the first one, which leaves none of [max_length] ["
              + decoding.maxLength()
              + "]");
    }
    return new CaptionPlan(decoding, Arrays.stream(ids).boxed().toList());
  }

  /** Largest number of tokens that are generated for one image, over all beams. */
  long tokens() {
    return (long) decoding.width() * (decoding.maxLength() - prompt.size());
  }

  Sequences begin(long imageSeed) {
    return decoding.begin(promptIds(), imageSeed);
  }

  long[] promptIds() {
    return prompt.stream().mapToLong(Long::longValue).toArray();
  }
}
