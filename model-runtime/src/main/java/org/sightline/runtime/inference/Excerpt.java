package org.sightline.runtime.inference;

/** The beginning of what users gave, short enough for a message. */
public final class Excerpt {
  private static final int MOST_CHARACTERS = 64;

  private Excerpt() {}

  /** The first 64 characters; an ellipsis says that there are more. No control characters. */
  public static String of(String text) {
    int end = Math.min(text.length(), MOST_CHARACTERS);
    if (end < text.length() && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    String shown = text.substring(0, end).replaceAll("\\p{Cntrl}", " ");
    return end < text.length() ? shown + "…" : shown;
  }
}
