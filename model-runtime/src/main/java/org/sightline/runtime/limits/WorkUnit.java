package org.sightline.runtime.limits;

import java.util.Locale;
import org.sightline.runtime.inference.Role;

/** What the inputs of a role cost while they wait is counted in this. */
public enum WorkUnit {
  /** Of the picture as it is sent, because that is what decoding it takes. */
  PIXELS,
  /** Of a text, or those that the captions of an image may have. */
  TOKENS,
  /** Of a text and an image; nearly all of a pair's cost does not depend on the text's length. */
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
