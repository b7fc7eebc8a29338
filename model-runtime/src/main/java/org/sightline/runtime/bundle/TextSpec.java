package org.sightline.runtime.bundle;

import java.util.List;

/**
 * How a text becomes token ids.
 *
 * @param maxLength in tokens, special tokens included; longer texts are truncated
 * @param padding how far the texts of a batch are padded
 * @param padTokenId the id that fills up
 * @param matchingFirstTokenId replaces the first id when the text is matched (BLIP's {@code
 *     [ENC]}); null when nothing is replaced
 * @param prompt caption prompt, or null
 * @param cleaning what is done to a text before it is tokenized, in order; not to prompts
 */
public record TextSpec(
    int maxLength,
    Padding padding,
    int padTokenId,
    Integer matchingFirstTokenId,
    String prompt,
    List<CleaningStep> cleaning) {

  /** Keeps a copy of the steps. */
  public TextSpec {
    cleaning = List.copyOf(cleaning);
  }

  /** Texts that are tokenized as they come. */
  public TextSpec(
      int maxLength, Padding padding, int padTokenId, Integer matchingFirstTokenId, String prompt) {
    this(maxLength, padding, padTokenId, matchingFirstTokenId, prompt, List.of());
  }

  /** How far the texts of a batch are padded. */
  public enum Padding {
    /** To the longest text of the batch. */
    LONGEST,
    /** To {@code max_length}, whatever the texts. */
    MAX_LENGTH
  }
}
