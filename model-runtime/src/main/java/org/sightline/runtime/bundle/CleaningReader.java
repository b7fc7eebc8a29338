package org.sightline.runtime.bundle;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.sightline.runtime.bundle.CleaningStep.Canonicalize;
import org.sightline.runtime.bundle.CleaningStep.CollapseWhitespace;
import org.sightline.runtime.bundle.CleaningStep.FixText;
import org.sightline.runtime.bundle.CleaningStep.HtmlUnescape;
import org.sightline.runtime.bundle.CleaningStep.Lowercase;
import org.sightline.runtime.bundle.CleaningStep.MaxWords;
import org.sightline.runtime.bundle.CleaningStep.ReplaceCharacters;
import org.sightline.runtime.bundle.CleaningStep.ReplaceText;
import org.sightline.runtime.bundle.CleaningStep.SpecialTokens;
import org.sightline.runtime.bundle.CleaningStep.Trim;

/** Reads the steps of {@code text.cleaning}. */
public final class CleaningReader {
  private static final int MAX_STEPS = 32;
  private static final int MAX_CHARACTERS = 1000;
  private static final int MAX_REPLACEMENT = 16;
  private static final int MAX_WORDS = 4096;
  private static final int MAX_TOKENS = 16;

  private CleaningReader() {}

  /** Who makes letters small. */
  private enum By {
    TEXT,
    TOKENIZER
  }

  /** The steps' names in the manifest; each reads its own fields. */
  private enum Name {
    LOWERCASE(step -> new Lowercase(step.has("by") && step.choice("by", By.class) == By.TOKENIZER)),
    REPLACE_CHARACTERS(
        step ->
            new ReplaceCharacters(
                step.string("characters", 1, MAX_CHARACTERS),
                step.string("with", 0, MAX_REPLACEMENT))),
    REPLACE_TEXT(
        step ->
            new ReplaceText(
                step.string("text", 1, MAX_CHARACTERS), step.string("with", 0, MAX_REPLACEMENT))),
    COLLAPSE_WHITESPACE(step -> new CollapseWhitespace(step.integerOr("at_least", 1, 2, 1))),
    TRIM(step -> new Trim(characters(step, "start"), characters(step, "end"))),
    MAX_WORDS(step -> new MaxWords(step.integer("count", 1, CleaningReader.MAX_WORDS))),
    CANONICALIZE(step -> new Canonicalize()),
    SPECIAL_TOKENS(step -> new SpecialTokens(tokens(step))),
    HTML_UNESCAPE(step -> new HtmlUnescape()),
    FIX_TEXT(step -> new FixText());

    private final Function<JsonFields, CleaningStep> read;

    Name(Function<JsonFields, CleaningStep> read) {
      this.read = read;
    }
  }

  /** The steps of an object that may have none. */
  public static List<CleaningStep> read(JsonFields text) {
    if (text.has("cleaning") == false) {
      return List.of();
    }
    List<CleaningStep> steps =
        text.objects("cleaning", MAX_STEPS).stream().map(CleaningReader::step).toList();
    int byTokenizer = steps.indexOf(new Lowercase(true));
    if (byTokenizer >= 0 && byTokenizer < steps.size() - 1) {
      throw new BundleException(
          "[%s[%s].by] must be [text] before other steps, got [tokenizer]",
          text.field("cleaning"), byTokenizer);
    }
    return steps;
  }

  private static CleaningStep step(JsonFields object) {
    CleaningStep step = object.choice("step", Name.class).read.apply(object);
    object.end();
    return step;
  }

  private static String characters(JsonFields step, String name) {
    return step.has(name) ? step.string(name, 0, MAX_CHARACTERS) : null;
  }

  private static Map<String, String> tokens(JsonFields step) {
    JsonFields object = step.object("tokens");
    Map<String, String> tokens = object.strings();
    if (tokens.isEmpty() || tokens.size() > MAX_TOKENS) {
      throw step.refuse("tokens", "name from 1 to " + MAX_TOKENS + " tokens");
    }
    tokens.forEach(
        (found, written) -> {
          if (isToken(found) == false || isToken(written) == false) {
            throw object.refuse(
                found, "be a token without blanks, at most " + MAX_CHARACTERS + " characters long");
          }
        });
    return tokens;
  }

  private static boolean isToken(String token) {
    return token.isEmpty() == false
        && token.length() <= MAX_CHARACTERS
        && token.chars().noneMatch(Character::isWhitespace);
  }

  /** The name of a step, as the manifest writes it. */
  static String name(CleaningStep step) {
    Name name =
        switch (step) {
          case Lowercase lowercase -> Name.LOWERCASE;
          case ReplaceCharacters replace -> Name.REPLACE_CHARACTERS;
          case ReplaceText replace -> Name.REPLACE_TEXT;
          case CollapseWhitespace collapse -> Name.COLLAPSE_WHITESPACE;
          case Trim trim -> Name.TRIM;
          case MaxWords words -> Name.MAX_WORDS;
          case Canonicalize canonicalize -> Name.CANONICALIZE;
          case SpecialTokens tokens -> Name.SPECIAL_TOKENS;
          case HtmlUnescape unescape -> Name.HTML_UNESCAPE;
          case FixText fix -> Name.FIX_TEXT;
        };
    return name.name().toLowerCase(Locale.ROOT);
  }
}
