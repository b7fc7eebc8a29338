package org.sightline.runtime.bundle;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * One step of cleaning a text before it is tokenized. A manifest lists them in order; what they do
 * is described in {@code docs/bundle-format.md} and done by {@code org.sightline.text}.
 */
public sealed interface CleaningStep {

  /**
   * Unicode's lower case, of no language.
   *
   * @param byTokenizer whether the tokenizer does it, letter by letter and after it has found
   *     special tokens, as its file could say too; always the last step
   */
  record Lowercase(boolean byTokenizer) implements CleaningStep {
    public Lowercase() {
      this(false);
    }
  }

  /**
   * Puts {@code with} in place of each of the characters.
   *
   * @param characters a set of code points
   */
  record ReplaceCharacters(String characters, String with) implements CleaningStep {}

  /** Puts {@code with} in place of each occurrence of {@code text}. */
  record ReplaceText(String text, String with) implements CleaningStep {}

  /**
   * Puts one blank in place of each run of white space.
   *
   * @param atLeast shorter runs stay as they are
   */
  record CollapseWhitespace(int atLeast) implements CleaningStep {}

  /**
   * Removes characters from both ends.
   *
   * @param start characters to remove from the start; null for white space
   * @param end likewise from the end
   */
  record Trim(String start, String end) implements CleaningStep {}

  /**
   * Keeps what stands before the {@code count}th blank.
   *
   * @param count how many words stay
   */
  record MaxWords(int count) implements CleaningStep {}

  /**
   * Low lines become blanks, all other punctuation of ASCII goes, then lower case, one blank for a
   * run of white space, and none at the ends: {@code canonicalize_text} of big_vision and OpenCLIP.
   */
  record Canonicalize() implements CleaningStep {}

  /**
   * Finds special tokens where OpenCLIP's tokenizer finds them.
   *
   * @param tokens what stands for a special token in a text, and how {@code tokenizer.json} writes
   *     that token
   */
  record SpecialTokens(Map<String, String> tokens) implements CleaningStep {
    public SpecialTokens {
      tokens = Collections.unmodifiableMap(new TreeMap<>(tokens));
    }
  }

  /** Decodes HTML's character references as HTML 5 does. */
  record HtmlUnescape() implements CleaningStep {}

  /** Repairs what copying and converting does to texts: quotes, widths, control characters. */
  record FixText() implements CleaningStep {}
}
