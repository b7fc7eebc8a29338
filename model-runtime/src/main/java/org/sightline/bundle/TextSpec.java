package org.sightline.bundle;

/**
 * How a text becomes token ids.
 *
 * @param maxLength in tokens, special tokens included; longer texts are truncated
 * @param padding how far the texts of a batch are padded
 * @param padTokenId the id that fills up
 * @param matchingFirstTokenId replaces the first id when the text is matched (BLIP's {@code
 *     [ENC]}); null when nothing is replaced
 * @param prompt caption prompt, or null
 */
public record TextSpec(
    int maxLength, Padding padding, int padTokenId, Integer matchingFirstTokenId, String prompt) {

  /** How far the texts of a batch are padded. */
  public enum Padding {
    /** To the longest text of the batch. */
    LONGEST,
    /** To {@code max_length}, whatever the texts. */
    MAX_LENGTH
  }
}
