package org.sightline.runtime.encoded;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import org.sightline.runtime.inference.Excerpt;
import org.sightline.runtime.inference.InferenceException;

/** Turns the textual forms in which images arrive into encoded image bytes. */
public final class EncodedImages {
  private static final String EXPECTED = "base64 or data:image/…;base64,…";
  private static final String DATA = "data:";
  private static final int LONGEST_ADDRESS = 2048;

  private static final Pattern URL = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*:)?//.*|www\\..*");

  /** A JPEG's base64 begins with a slash as well. */
  private static final Pattern PATH =
      Pattern.compile(
          "file:.*|(?!/9j/)(~|\\.{1,2})?[/\\\\].*|[A-Za-z]:[/\\\\].*|[^<>]*\\.(jpe?g|png|gif|bmp|webp"
              + "|tiff?|heic|heif|avif|svg|pdf|psd|jp2|jxl|dng|nef|arw|cr2|cr3|ico|zip)",
          Pattern.CASE_INSENSITIVE);

  /** How Python prints bytes that nobody has decoded. */
  private static final Pattern PYTHON_BYTES = Pattern.compile("b['\"].*");

  private EncodedImages() {}

  /**
   * The one rule of which pictures are missing: nothing but white space, or a data URI with nothing
   * behind its comma.
   */
  public static boolean isBlank(String value) {
    int start = value.startsWith(DATA) ? value.indexOf(',') + 1 : 0;
    return value.chars().skip(start).allMatch(Character::isWhitespace);
  }

  /**
   * Decodes {@code data:image/…;base64,…} or bare base64: of the standard or the URL-safe alphabet,
   * with or without padding and line breaks.
   *
   * @param field name for messages, such as {@code photo}
   * @param value the text
   * @param maxBytes largest number of decoded bytes that is accepted
   * @return the encoded image; whether it is one is not checked here
   * @throws InferenceException of kind {@code INVALID_INPUT}, before anything large is allocated
   */
  public static byte[] fromText(String field, String value, long maxBytes) {
    boolean uri = value.regionMatches(true, 0, DATA, 0, DATA.length());
    int start = uri ? base64Start(field, value) : 0;
    long most = bytes(value.length() - start);
    if (most > maxBytes) {
      long blanks = value.chars().skip(start).filter(c -> c <= ' ').count();
      long estimate = bytes(value.length() - start - blanks);
      if (estimate > maxBytes) {
        throw tooLarge(field, estimate, maxBytes);
      }
    }
    byte[] decoded = decode(field, value, start);
    if (decoded.length == 0) {
      throw InferenceException.invalid("[" + field + "] is empty, expected a base64 image");
    }
    if (decoded.length > maxBytes) {
      throw tooLarge(field, decoded.length, maxBytes);
    }
    return decoded;
  }

  /** Fewest bytes behind so many characters. */
  private static long bytes(long characters) {
    return characters * 3 / 4 - 2;
  }

  private static byte[] decode(String field, String value, int start) {
    // a character beyond Latin-1 becomes a question mark, which base64 does not have either
    byte[] characters = value.getBytes(StandardCharsets.ISO_8859_1);
    try {
      return decode(characters, start, characters.length);
    } catch (IllegalArgumentException e) {
      int end = normalise(field, value, characters, start);
      if ((end - start) % 4 == 1) {
        throw InferenceException.invalid(
            "["
                + field
                + "] is not base64: its "
                + (end - start)
                + " characters end within a byte, so it is cut short, expected "
                + EXPECTED);
      }
      return decode(characters, start, end);
    }
  }

  /** Without a copy of the text that begins after a data URI's header. */
  private static byte[] decode(byte[] characters, int start, int end) {
    ByteBuffer decoded =
        Base64.getDecoder().decode(ByteBuffer.wrap(characters, start, end - start));
    return decoded.remaining() == decoded.array().length
        ? decoded.array()
        : Arrays.copyOf(decoded.array(), decoded.remaining());
  }

  /**
   * Brings base64 in place into the form that the JDK's strict decoder takes: the standard alphabet
   * without line breaks, blanks beside them, and padding.
   *
   * @return where it ends
   */
  private static int normalise(String field, String value, byte[] characters, int start) {
    int last = characters.length;
    while (last > start && (characters[last - 1] == '=' || isBlank(characters[last - 1]))) {
      last--;
    }
    int end = start;
    boolean lineStart = true;
    for (int i = start; i < last; i++) {
      byte c = characters[i];
      if (c == '\r' || c == '\n') {
        lineStart = true;
      } else if (isBlank(c) == false) {
        if (isBase64(c) == false) {
          throw notBase64(field, value, start, i);
        }
        characters[end++] = c == '-' ? (byte) '+' : c == '_' ? (byte) '/' : c;
        lineStart = false;
      } else if (lineStart == false) {
        int next = i;
        while (characters[next] == ' ' || characters[next] == '\t') {
          next++; // ends: the last character is none of them
        }
        if (characters[next] != '\r' && characters[next] != '\n') {
          throw notBase64(field, value, start, i);
        }
        i = next - 1;
      }
    }
    return end;
  }

  private static boolean isBlank(byte c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
  }

  private static boolean isBase64(byte c) {
    return c >= 'A' && c <= 'Z'
        || c >= 'a' && c <= 'z'
        || c >= '0' && c <= '9'
        || c == '+'
        || c == '/'
        || c == '-'
        || c == '_';
  }

  /** Says what the text is in place of base64. */
  private static InferenceException notBase64(String field, String value, int start, int at) {
    boolean address = value.length() - start <= LONGEST_ADDRESS;
    String text = value.substring(start, Math.min(value.length(), start + LONGEST_ADDRESS)).strip();
    Optional<ForeignFormat> foreign =
        ForeignFormat.of(text.getBytes(StandardCharsets.ISO_8859_1))
            .filter(format -> format != ForeignFormat.BASE64);
    if (foreign.isPresent()) {
      return InferenceException.invalid(
          "[" + field + "] " + foreign.get().refusal(EXPECTED).getMessage());
    }
    if (PYTHON_BYTES.matcher(text).lookingAt()) {
      return refusal(
          field,
          "is how Python prints bytes",
          text,
          "send base64.b64encode(data).decode() instead of str(…)");
    }
    if (address && URL.matcher(text).matches()) {
      return refusal(field, "is a URL", text, "nodes fetch nothing, send the bytes of the picture");
    }
    if (address && PATH.matcher(text).matches()) {
      return refusal(
          field,
          "is the path of a file",
          text,
          "nodes read no files of yours, send the bytes of the picture");
    }
    return InferenceException.invalid(
        String.format(
            Locale.ROOT,
            "[%s] is not base64: [%s] at character %d of [%s], expected %s",
            field,
            Excerpt.of(Character.toString(value.codePointAt(at))),
            at - start + 1,
            Excerpt.of(text),
            EXPECTED));
  }

  private static InferenceException refusal(String field, String what, String text, String advice) {
    return InferenceException.invalid(
        String.format(
            Locale.ROOT,
            "[%s] %s [%s], expected %s: %s",
            field,
            what,
            Excerpt.of(text),
            EXPECTED,
            advice));
  }

  private static int base64Start(String field, String value) {
    int comma = value.indexOf(',');
    String header = value.substring(0, comma < 0 ? Math.min(65, value.length()) : comma);
    String lower = header.toLowerCase(Locale.ROOT);
    String type = lower.substring(DATA.length()).replaceFirst(";.*", "");
    boolean picture =
        type.startsWith("image/") || type.isEmpty() || type.equals("application/octet-stream");
    if (comma < 0 || picture == false || lower.endsWith(";base64") == false) {
      throw InferenceException.invalid(
          "["
              + field
              + "] is a data URI that starts with ["
              + Excerpt.of(header)
              + "], expected data:image/…;base64,…");
    }
    return comma + 1;
  }

  private static InferenceException tooLarge(String field, long bytes, long maxBytes) {
    return InferenceException.invalid(
        "[" + field + "] has " + bytes + " bytes, allowed are at most " + maxBytes);
  }
}
