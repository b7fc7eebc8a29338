package org.sightline.runtime.limits;

import java.util.Locale;
import org.sightline.runtime.inference.Role;

/** Unit of the estimated work of waiting inputs. */
public enum WorkUnit {
  /** Pixels of the picture as it is sent: decoding it takes work for each of them. */
  PIXELS,
  /** Tokens of a text, or the largest number of tokens of an image's captions. */
  TOKENS,
  /** Pairs of a text and an image; the work on a pair hardly depends on the text's length. */
  PAIRS;

  /** The unit in which a role's queue is measured. */
  public static WorkUnit of(Role role) {
    return switch (role) {
      case IMAGE_EMBEDDING, IMAGE_TOKENS -> PIXELS;
      case TEXT_EMBEDDING, TEXT_FEATURES, CAPTION_DECODER -> TOKENS;
      case MATCHING -> PAIRS;
    };
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
