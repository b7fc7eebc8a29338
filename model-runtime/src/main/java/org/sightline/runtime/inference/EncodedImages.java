package org.sightline.runtime.inference;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;

/** Turns the textual forms in which images arrive into encoded image bytes. */
public final class EncodedImages {
  private EncodedImages() {}

  /**
   * The one rule of which pictures are missing: nothing but white space, or a data URI with nothing
   * behind its comma.
   */
  public static boolean isBlank(String value) {
    int start = value.startsWith("data:") ? value.indexOf(',') + 1 : 0;
    return value.chars().skip(start).allMatch(Character::isWhitespace);
  }

  /**
   * Decodes {@code data:image/…;base64,…} or bare base64 (standard alphabet, padding optional).
   *
   * @param field name for messages, such as {@code photo}
   * @param value the text
   * @param maxBytes largest number of decoded bytes that is accepted
   * @return the encoded image; whether it is one is not checked here
   * @throws InferenceException of kind {@code INVALID_INPUT}, before anything large is allocated
   */
  public static byte[] fromText(String field, String value, long maxBytes) {
    int start = 0;
    if (value.startsWith("data:")) {
      start = base64Start(field, value);
    }
    int length = value.length() - start;
    if (length == 0) {
      throw InferenceException.invalid("[" + field + "] is empty, expected a base64 image");
    }
    long estimate = (long) length * 3 / 4 - 2;
    if (estimate > maxBytes) {
      throw tooLarge(field, estimate, maxBytes);
    }
    byte[] decoded;
    try {
      decoded = decode(value, start);
    } catch (IllegalArgumentException e) {
      throw InferenceException.invalid(
          "["
              + field
              + "] is not base64: "
              + e.getMessage()
              + ", expected base64 or data:image/…;base64,…");
    }
    if (decoded.length > maxBytes) {
      throw tooLarge(field, decoded.length, maxBytes);
    }
    return decoded;
  }

  /** Without a copy of the text that begins after a data URI's header. */
  private static byte[] decode(String value, int start) {
    if (start == 0) {
      return Base64.getDecoder().decode(value);
    }
    byte[] characters = value.getBytes(StandardCharsets.ISO_8859_1);
    ByteBuffer decoded =
        Base64.getDecoder().decode(ByteBuffer.wrap(characters, start, characters.length - start));
    return decoded.remaining() == decoded.array().length
        ? decoded.array()
        : Arrays.copyOf(decoded.array(), decoded.remaining());
  }

  private static int base64Start(String field, String value) {
    int comma = value.indexOf(',');
    String header = comma < 0 ? value.substring(0, Math.min(64, value.length())) : "";
    if (comma > 0) {
      header = value.substring(0, comma);
    }
    if (comma < 0 || !header.startsWith("data:image/") || !header.endsWith(";base64")) {
      throw InferenceException.invalid(
          "["
              + field
              + "] is a data URI that starts with ["
              + header.substring(0, Math.min(64, header.length()))
              + "], expected data:image/…;base64,…");
    }
    return comma + 1;
  }

  private static InferenceException tooLarge(String field, long bytes, long maxBytes) {
    return InferenceException.invalid(
        "[" + field + "] has " + bytes + " bytes, allowed are at most " + maxBytes);
  }
}
