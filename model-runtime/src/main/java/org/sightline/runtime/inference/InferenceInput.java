package org.sightline.runtime.inference;

import java.util.Objects;

/** One input of a model: a text or an encoded image. */
public sealed interface InferenceInput {

  /**
   * A text.
   *
   * @param value the text as the user gave it, never null; the model's own rules decide about
   *     cleaning and truncation. A {@link #isBlank() blank} one is refused
   */
  record Text(String value) implements InferenceInput {
    /** Why a blank text is refused, to be said of its name: {@code "[title] " + BLANK}. */
    public static final String BLANK =
        "is blank, expected a text with a letter, digit, symbol or emoji";

    /** By {@link Character#getType}, as bits: letters, numbers and symbols, and what is too new. */
    private static final int CONTENT =
        1 << Character.UPPERCASE_LETTER
            | 1 << Character.LOWERCASE_LETTER
            | 1 << Character.TITLECASE_LETTER
            | 1 << Character.MODIFIER_LETTER
            | 1 << Character.OTHER_LETTER
            | 1 << Character.DECIMAL_DIGIT_NUMBER
            | 1 << Character.LETTER_NUMBER
            | 1 << Character.OTHER_NUMBER
            | 1 << Character.MATH_SYMBOL
            | 1 << Character.CURRENCY_SYMBOL
            | 1 << Character.MODIFIER_SYMBOL
            | 1 << Character.OTHER_SYMBOL
            | 1 << Character.UNASSIGNED;

    /**
     * Letters and symbols by their category that show nothing: fillers of Hangul, the Braille
     * pattern without dots, and the two that stand for what was lost.
     */
    private static final String SHOW_NOTHING = "\u115F\u1160\u3164\uFFA0\u2800\uFFFC\uFFFD";

    /** Behind {@code #} or {@code *}, which are punctuation, it makes an emoji. */
    private static final int KEYCAP = 0x20E3;

    public Text {
      Objects.requireNonNull(value, "value");
    }

    /** Whether there is nothing in the text that a model could know. */
    public boolean isBlank() {
      return isBlank(value);
    }

    /**
     * The one rule of which texts are missing, wherever texts come from: those without a letter,
     * digit, symbol or emoji. White space, punctuation, control characters and marks without a
     * letter are no content: models make vectors of them too, which are near to anything.
     */
    public static boolean isBlank(String text) {
      return text.codePoints().noneMatch(Text::isContent);
    }

    private static boolean isContent(int character) {
      if (SHOW_NOTHING.indexOf(character) >= 0) {
        return false;
      }
      return (CONTENT >> Character.getType(character) & 1) != 0
          || Character.isExtendedPictographic(character)
          || character == KEYCAP;
    }
  }

  /**
   * An image in encoded form (JPEG, PNG …).
   *
   * @param bytes the encoded image, not copied and not to be changed; null when only the digest is
   *     known, in which case the receiver must have the image's features cached or answers {@link
   *     InferenceException.Kind#IMAGE_REQUIRED}
   * @param digest SHA-256 of the encoded bytes, lower-case hex
   */
  record Image(byte[] bytes, String digest) implements InferenceInput {
    public Image {
      Objects.requireNonNull(digest, "digest");
    }

    /** An image with its digest computed here. */
    public static Image of(byte[] bytes) {
      return new Image(bytes, Digest.sha256(bytes));
    }

    /** A reference to an image that the receiver is expected to know. */
    public static Image reference(String digest) {
      return new Image(null, digest);
    }
  }
}
