package org.sightline.runtime.encoded;

import java.util.Base64;
import java.util.EnumSet;
import java.util.Set;

/**
 * Knows pictures that were given as texts: a model reads their base64 as words and finds something
 * for it.
 */
public final class ImageAsText {
  /** What is wrong with such a text, to be said of its name: {@code "[title] " + IS}. */
  public static final String IS = "is a picture in base64, not a text";

  /** Shorter ones are words, or what looks like them. */
  private static final int LEAST_CHARACTERS = 64;

  private static final String IMAGE_URI = "data:image/";
  private static final String BASE64_URI = ";base64,";

  /** Longest beginning of a data URI before its content. */
  private static final int HEADER_CHARACTERS = 128;

  private static final Set<ForeignFormat> FOREIGN =
      EnumSet.range(ForeignFormat.AVIF, ForeignFormat.CAMERA_RAW);

  private ImageAsText() {}

  /**
   * The one rule of which texts are pictures, wherever texts come from: data URIs of images, and
   * texts of at least 64 characters that are base64 from beginning to end, of either alphabet and
   * with line breaks, whose first bytes are those of an image format, also of one that is not read.
   */
  public static boolean is(String text) {
    String start = text.substring(0, Math.min(text.length(), HEADER_CHARACTERS)).stripLeading();
    if (start.regionMatches(true, 0, IMAGE_URI, 0, IMAGE_URI.length())) {
      return true;
    }
    int content = 0;
    if (start.regionMatches(true, 0, "data:", 0, 5)) {
      int header = text.indexOf(BASE64_URI);
      if (header < 0 || header > HEADER_CHARACTERS) {
        return false;
      }
      content = header + BASE64_URI.length();
    }
    return isBase64OfImage(text, content);
  }

  private static boolean isBase64OfImage(String text, int from) {
    StringBuilder first = new StringBuilder(LEAST_CHARACTERS);
    int padding = 0;
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '\r' || c == '\n') {
        continue;
      }
      padding += c == '=' ? 1 : 0;
      if (c != '=' && (padding > 0 || isBase64(c) == false)) {
        return false;
      }
      if (first.length() < LEAST_CHARACTERS) {
        first.append(c == '-' ? '+' : c == '_' ? '/' : c);
      }
    }
    // what ends earlier is too short, and 64 characters end with a byte
    return first.length() == LEAST_CHARACTERS
        && padding <= 2
        && isImage(Base64.getDecoder().decode(first.toString()));
  }

  private static boolean isImage(byte[] first) {
    return ImageFormat.of(first).isPresent()
        || ForeignFormat.of(first).filter(FOREIGN::contains).isPresent();
  }

  private static boolean isBase64(char c) {
    return c >= 'A' && c <= 'Z'
        || c >= 'a' && c <= 'z'
        || c >= '0' && c <= '9'
        || c == '+'
        || c == '/'
        || c == '-'
        || c == '_';
  }
}
