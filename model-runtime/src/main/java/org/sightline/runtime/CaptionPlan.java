package org.sightline.runtime;

import java.util.Arrays;
import java.util.List;
import org.sightline.bundle.CaptionSpec;
import org.sightline.generation.Decoding;
import org.sightline.generation.Sequences;
import org.sightline.inference.CaptionOptions;
import org.sightline.inference.InferenceException;

/**
 * What captions of one batch have in common; those of several requests may.
 *
 * @param prompt ids that all begin with
 */
record CaptionPlan(Decoding decoding, List<Long> prompt) {

  /**
   * @throws InferenceException of kind {@code INVALID_INPUT}, naming the option
   */
  static CaptionPlan of(CaptionOptions options, LoadedModel model) {
    CaptionSpec spec = model.manifest().caption();
    Decoding decoding = Decoding.of(options, spec, model.manifest().text().maxLength());
    String prompt = options.prompt() == null ? model.manifest().text().prompt() : options.prompt();
    long[] ids = model.textStage().promptIds(prompt, spec.firstTokenId());
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

  /** Most tokens that may be made for one image, of all beams. */
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
