package org.sightline.runtime.text;

import java.text.Normalizer;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What ftfy's {@code fix_text} does with its defaults, except the detection and repair of text that
 * was decoded in a wrong encoding: line by line, and each line until nothing changes any more.
 */
final class TextFixer {
  /** A line of nested references loses one level a round; nobody writes this many. */
  private static final int MAX_ROUNDS = 32;

  private static final Pattern REFERENCE = Pattern.compile("&#?[0-9A-Za-z]{1,24};");

  /** Colours and the like of terminals. */
  private static final Pattern TERMINAL =
      Pattern.compile("\u001b\\[[\\d;]*[a-zA-Z]", Pattern.UNICODE_CHARACTER_CLASS);

  private static final Pattern LINE_BREAK = Pattern.compile("\r\n|[\r\u2028\u2029]");

  /** Letters that are two, kept as one character for old encodings or for looks. */
  private static final Map<Integer, String> LIGATURES = ligatures();

  /** Names in capitals that HTML does not know, such as {@code &EACUTE;}. */
  private static final Map<String, String> CAPITALS = capitals();

  private TextFixer() {}

  static String fix(String text) {
    StringBuilder fixed = new StringBuilder(text.length());
    boolean markup = false;
    int start = 0;
    while (start < text.length()) {
      int end = text.indexOf('\n', start) + 1;
      String line = text.substring(start, end == 0 ? text.length() : end);
      start += line.length();
      // where there is a tag the text is HTML, and references are meant from there on
      markup |= line.indexOf('<') >= 0;
      fixed.append(line(line, markup));
    }
    return fixed.toString();
  }

  private static String line(String line, boolean markup) {
    String fixed = line;
    for (int round = 0; round < MAX_ROUNDS; round++) {
      String before = fixed;
      fixed = markup ? fixed : unescape(fixed);
      fixed = LINE_BREAK.matcher(characters(fixed)).replaceAll("\n");
      fixed = withoutControls(TERMINAL.matcher(fixed).replaceAll(""));
      fixed = Normalizer.normalize(fixed, Normalizer.Form.NFC);
      if (fixed.equals(before)) {
        break;
      }
    }
    return fixed;
  }

  private static String unescape(String text) {
    if (text.indexOf('&') < 0) {
      return text;
    }
    return REFERENCE
        .matcher(text)
        .replaceAll(match -> Matcher.quoteReplacement(decode(match.group())));
  }

  private static String decode(String reference) {
    if (reference.startsWith("&#")) {
      String decoded = HtmlReferences.unescape(reference);
      // only a part of it was a number
      return decoded.indexOf(';') >= 0 ? reference : decoded;
    }
    String name = reference.substring(1);
    String known = HtmlReferences.named(name);
    return known != null ? known : CAPITALS.getOrDefault(name, reference);
  }

  /** Code points that become others. */
  private static String characters(String text) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints().forEach(c -> character(c, result));
    return result.toString();
  }

  private static void character(int c, StringBuilder out) {
    String letters = LIGATURES.get(c);
    if (letters != null) {
      out.append(letters);
    } else if (c >= 0x80 && c <= 0x9F) {
      character(c, HtmlReferences.windows(c), out);
    } else if (c == 0x3000) {
      out.append(' ');
    } else if (c >= 0xFF01 && c < 0xFFF0) {
      out.append(Normalizer.normalize(Character.toString(c), Normalizer.Form.NFKC));
    } else if (c == 0x2BC || (c >= 0x2018 && c <= 0x201B)) {
      out.append('\'');
    } else if (c >= 0x201C && c <= 0x201F) {
      out.append('"');
    } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      out.append('\uFFFD');
    } else {
      out.appendCodePoint(c);
    }
  }

  /** What a C1 control stands for in Windows-1252 may be a curled quote in turn. */
  private static void character(int control, char windows, StringBuilder out) {
    if (control == windows) {
      out.append(windows);
    } else {
      character(windows, out);
    }
  }

  private static String withoutControls(String text) {
    StringBuilder result = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      if (isControl(text.charAt(i)) == false) {
        result.append(text.charAt(i));
      }
    }
    return result.toString();
  }

  /** Controls without effect on what is seen; joiners, directions and line ends stay. */
  private static boolean isControl(char c) {
    return c < 0x09
        || c == 0x0B
        || (c >= 0x0E && c < 0x20)
        || c == 0x7F
        || (c >= 0x206A && c <= 0x206F)
        || c == 0xFEFF
        || (c >= 0xFFF9 && c <= 0xFFFC);
  }

  private static Map<Integer, String> ligatures() {
    Map<Integer, String> letters = new HashMap<>();
    String pairs =
        "Ĳ=IJ ĳ=ij ŉ=ʼn Ǳ=DZ ǲ=Dz ǳ=dz Ǆ=DŽ ǅ=Dž ǆ=dž Ǉ=LJ ǈ=Lj ǉ=lj Ǌ=NJ ǋ=Nj ǌ=nj"
            + " ﬀ=ff ﬁ=fi ﬂ=fl ﬃ=ffi ﬄ=ffl ﬅ=ſt ﬆ=st";
    for (String pair : pairs.split(" ")) {
      letters.put((int) pair.charAt(0), pair.substring(2));
    }
    return Map.copyOf(letters);
  }

  private static Map<String, String> capitals() {
    Map<String, String> capitals = new HashMap<>();
    HtmlReferences.all()
        .forEach(
            (name, characters) -> {
              String upper = name.toUpperCase(Locale.ROOT);
              boolean folded = name.endsWith(";") && name.equals(name.toLowerCase(Locale.ROOT));
              if (folded && HtmlReferences.unescape("&" + upper).equals("&" + upper)) {
                capitals.put(upper, characters.toUpperCase(Locale.ROOT));
              }
            });
    return Map.copyOf(capitals);
  }
}
