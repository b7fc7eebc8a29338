package org.sightline.runtime.inference;

import java.util.Objects;

/** One input of a model: a text or an encoded image. */
public sealed interface InferenceInput {

  /**
   * A text.
   *
   * @param value the text as the user gave it, never null, possibly empty; the model's own rules
   *     decide about cleaning and truncation
   */
  record Text(String value) implements InferenceInput {
    public Text {
      Objects.requireNonNull(value, "value");
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
