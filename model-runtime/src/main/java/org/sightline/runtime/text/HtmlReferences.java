package org.sightline.runtime.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTML's character references, decoded as the HTML standard has it for text outside of attributes:
 * names without their semicolon where the standard lists them so, the longest name that fits,
 * numbers of Windows-1252, nothing for numbers that are no characters.
 */
final class HtmlReferences {
  private static final Pattern REFERENCE =
      Pattern.compile("&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\\t\\n\\f <&#;]{1,32};?)");

  /** Characters by name, the semicolon included where the name needs it. */
  private static final Map<String, String> NAMES = names();

  /** 80 to 9F in Windows-1252; where that has none the number stands for itself. */
  private static final String WINDOWS = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

  private HtmlReferences() {}

  /** The text with all references decoded once. */
  static String unescape(String text) {
    if (text.indexOf('&') < 0) {
      return text;
    }
    return REFERENCE
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(decode(match.group(1))));
  }

  /** The character of a name with its semicolon, or null. */
  static String named(String name) {
    return NAMES.get(name);
  }

  /** All names; see {@link #named}. */
  static Map<String, String> all() {
    return NAMES;
  }

  /** What Windows-1252 has for one of 80 to 9F. */
  static char windows(int c) {
    return WINDOWS.charAt(c - 0x80);
  }

  private static String decode(String reference) {
    return reference.charAt(0) == '#' ? number(reference) : name(reference);
  }

  private static String name(String name) {
    for (int end = name.length(); end > 1; end--) {
      String found = NAMES.get(name.substring(0, end));
      if (found != null) {
        return found + name.substring(end);
      }
    }
    return "&" + name;
  }

  private static String number(String reference) {
    boolean hexadecimal = reference.charAt(1) == 'x' || reference.charAt(1) == 'X';
    int end = reference.endsWith(";") ? reference.length() - 1 : reference.length();
    String digits = reference.substring(hexadecimal ? 2 : 1, end).replaceFirst("^0+(?=.)", "");
    // seven digits of either base hold every character, more hold none
    int number =
        digits.length() > 7 ? Integer.MAX_VALUE : Integer.parseInt(digits, hexadecimal ? 16 : 10);
    if (number >= 0x80 && number <= 0x9F) {
      return String.valueOf(windows(number));
    }
    if (number == 0
        || number > Character.MAX_CODE_POINT
        || (number >= Character.MIN_SURROGATE && number <= Character.MAX_SURROGATE)) {
      return "\uFFFD";
    }
    return isNoCharacter(number) ? "" : Character.toString(number);
  }

  private static boolean isNoCharacter(int number) {
    return (number < 0x20 && number != '\t' && number != '\n' && number != '\f' && number != '\r')
        || number == 0x7F
        || (number >= 0xFDD0 && number <= 0xFDEF)
        || (number & 0xFFFE) == 0xFFFE;
  }

  private static Map<String, String> names() {
    Map<String, String> names = new HashMap<>();
    try (InputStream in = HtmlReferences.class.getResourceAsStream("html-references.txt")) {
      // a line: name, blank, code points in hexadecimal
      new String(in.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .forEach(
              line -> {
                String[] fields = line.split(" ");
                StringBuilder characters = new StringBuilder();
                for (int i = 1; i < fields.length; i++) {
                  characters.appendCodePoint(Integer.parseInt(fields[i], 16));
                }
                names.put(fields[0], characters.toString());
              });
      return Map.copyOf(names);
    } catch (IOException e) {
      throw new IllegalStateException("the table of HTML's references cannot be read", e);
    }
  }
}
