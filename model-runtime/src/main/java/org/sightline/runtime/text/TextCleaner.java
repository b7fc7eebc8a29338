package org.sightline.runtime.text;

import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.sightline.runtime.bundle.CleaningStep;

/**
 * Does to a text what the manifest's {@code text.cleaning} lists. Thread-safe.
 *
 * <p>The text is cut to {@link TextTokenizer#MAX_CHARACTERS} before the first step and after each,
 * so that the work has a bound.
 */
public final class TextCleaner {
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
      case CleaningStep.Lowercase lowercase -> text.toLowerCase(Locale.ROOT);
      case CleaningStep.ReplaceCharacters replace -> replaceCharacters(text, replace);
      case CleaningStep.ReplaceText replace -> text.replace(replace.text(), replace.with());
      case CleaningStep.CollapseWhitespace collapse -> collapse(text, collapse.atLeast());
      case CleaningStep.Trim trim -> trim(text, among(trim.start()), among(trim.end()));
      case CleaningStep.MaxWords words -> firstWords(text, words.count());
      case CleaningStep.HtmlUnescape unescape -> HtmlReferences.unescape(text);
      case CleaningStep.FixText fix -> TextFixer.fix(text);
    };
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
