package org.sightline.runtime.text;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sightline.runtime.bundle.CleaningStep;

/**
 * Does to a text what the manifest's {@code text.cleaning} lists. Thread-safe.
 *
 * <p>The text is cut to {@link TextTokenizer#MAX_CHARACTERS} before the first step and after each,
 * so that the work has a bound.
 */
public final class TextCleaner {
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

  /** Punctuation that Unicode's rules of words have within them. */
  private static final String WITHIN_WORDS = "'.:·\u0387\u055F\u05F4‘’․‧︓﹒﹕＇．：";

  /** What CLIP's tokenizer takes for one word, beside special tokens. */
  private static final String PIECES = "'(?:[stmd]|re|ve|ll)|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+";

  private final List<CleaningStep> steps;

  /** A cleaner of these steps, in order. */
  public TextCleaner(List<CleaningStep> steps) {
    this.steps = List.copyOf(steps);
  }

  /** The text as the tokenizer takes it. */
  public String clean(String text) {
    if (steps.isEmpty()) {
      return text;
    }
    String cleaned = TextTokenizer.cut(text);
    for (CleaningStep step : steps) {
      cleaned = TextTokenizer.cut(apply(step, cleaned));
    }
    return cleaned;
  }

  private static String apply(CleaningStep step, String text) {
    return switch (step) {
      case CleaningStep.Lowercase lowercase -> lowercase.byTokenizer() ? text : lowerCase(text);
      case CleaningStep.ReplaceCharacters replace -> replaceCharacters(text, replace);
      case CleaningStep.ReplaceText replace -> text.replace(replace.text(), replace.with());
      case CleaningStep.CollapseWhitespace collapse -> collapse(text, collapse.atLeast());
      case CleaningStep.Trim trim -> trim(text, among(trim.start()), among(trim.end()));
      case CleaningStep.MaxWords words -> firstWords(text, words.count());
      case CleaningStep.Canonicalize canonicalize -> canonicalize(text);
      case CleaningStep.SpecialTokens special -> specialTokens(text, special.tokens());
      case CleaningStep.HtmlUnescape unescape -> HtmlReferences.unescape(text);
      case CleaningStep.FixText fix -> TextFixer.fix(text);
    };
  }

  /**
   * Of all letters only a capital sigma becomes another one at the end of a word. The end is
   * Unicode's; the JDK looks beyond digits as well.
   */
  private static String lowerCase(String text) {
    StringBuilder sigmas = new StringBuilder(text);
    for (int at = text.indexOf('Σ'); at >= 0; at = text.indexOf('Σ', at + 1)) {
      boolean end = isCased(text, at, -1) && isCased(text, at, 1) == false;
      sigmas.setCharAt(at, end ? 'ς' : 'σ');
    }
    return sigmas.toString().toLowerCase(Locale.ROOT);
  }

  /** Whether the next character that counts for case is a letter with a case. */
  private static boolean isCased(String text, int from, int step) {
    int at = text.offsetByCodePoints(from, step > 0 ? 1 : 0);
    while (step > 0 ? at < text.length() : at > 0) {
      int c = step > 0 ? text.codePointAt(at) : text.codePointBefore(at);
      if (isCaseIgnorable(c) == false) {
        return Character.isLowerCase(c) || Character.isUpperCase(c) || Character.isTitleCase(c);
      }
      at += step * Character.charCount(c);
    }
    return false;
  }

  private static boolean isCaseIgnorable(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.FORMAT,
          Character.MODIFIER_LETTER,
          Character.MODIFIER_SYMBOL ->
          true;
      default -> WITHIN_WORDS.indexOf(c) >= 0;
    };
  }

  private static String canonicalize(String text) {
    String plain =
        replaceCharacters(
            text.replace('_', ' '), new CleaningStep.ReplaceCharacters(PUNCTUATION, ""));
    return trim(
        collapse(lowerCase(plain), 1), TextCleaner::isWhitespace, TextCleaner::isWhitespace);
  }

  /**
   * Writes the pieces of a text apart, so that a special token's own name is none, with the special
   * tokens that are found instead. A text without any stays as it is: pieces written together are
   * divided alike by the tokenizer.
   */
  private static String specialTokens(String text, Map<String, String> tokens) {
    if (Stream.concat(tokens.keySet().stream(), tokens.values().stream())
        .noneMatch(text::contains)) {
      return text;
    }
    String found = tokens.keySet().stream().map(Pattern::quote).collect(Collectors.joining("|"));
    return Pattern.compile(found + "|" + PIECES, Pattern.UNICODE_CHARACTER_CLASS)
        .matcher(text)
        .results()
        .map(MatchResult::group)
        .map(piece -> tokens.getOrDefault(piece, piece))
        .collect(Collectors.joining(" "));
  }

  private static String replaceCharacters(String text, CleaningStep.ReplaceCharacters step) {
    StringBuilder result = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (step.characters().indexOf(c) >= 0) {
                result.append(step.with());
              } else {
                result.appendCodePoint(c);
              }
            });
    return result.toString();
  }

  /** All white space is in the basic plane, so that runs can be counted in UTF-16 units. */
  private static String collapse(String text, int atLeast) {
    StringBuilder result = new StringBuilder(text.length());
    int i = 0;
    while (i < text.length()) {
      int end = i;
      while (end < text.length() && isWhitespace(text.charAt(end))) {
        end++;
      }
      if (end - i >= atLeast) {
        result.append(' ');
      } else {
        result.append(text, i, end);
      }
      if (end < text.length()) {
        result.append(text.charAt(end));
      }
      i = end + 1;
    }
    return result.toString();
  }

  private static IntPredicate among(String characters) {
    return characters == null ? TextCleaner::isWhitespace : c -> characters.indexOf(c) >= 0;
  }

  private static String trim(String text, IntPredicate start, IntPredicate end) {
    int from = 0;
    int to = text.length();
    while (from < to && start.test(text.codePointAt(from))) {
      from += Character.charCount(text.codePointAt(from));
    }
    while (to > from && end.test(text.codePointBefore(to))) {
      to -= Character.charCount(text.codePointBefore(to));
    }
    return text.substring(from, to);
  }

  private static String firstWords(String text, int count) {
    int blank = -1;
    for (int word = 0; word < count; word++) {
      blank = text.indexOf(' ', blank + 1);
      if (blank < 0) {
        return text;
      }
    }
    return text.substring(0, blank);
  }

  /**
   * Python's notion, that of the references: Unicode's white space and the four separators of
   * ASCII. Java's own methods leave out no-break spaces or line separators.
   */
  static boolean isWhitespace(int c) {
    return (c >= 0x09 && c <= 0x0D)
        || (c >= 0x1C && c <= 0x20)
        || c == 0x85
        || c == 0xA0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200A)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202F
        || c == 0x205F
        || c == 0x3000;
  }
}
