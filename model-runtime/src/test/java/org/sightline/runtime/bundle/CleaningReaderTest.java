package org.sightline.runtime.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The manifest's {@code text.cleaning}. */
class CleaningReaderTest {
  private JsonObject manifest;

  @BeforeEach
  void readManifest() throws IOException {
    Path file = Path.of("src/test/fixtures/tiny-blip/model.json");
    manifest = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
  }

  @Test
  void readsAndWritesCleaning() {
    text()
        .add(
            "cleaning",
            JsonParser.parseString(
                """
                [ {"step": "fix_text"}, {"step": "html_unescape"}, {"step": "lowercase"},
                  {"step": "replace_characters", "characters": ",.", "with": ""},
                  {"step": "replace_text", "text": "<person>", "with": "person"},
                  {"step": "collapse_whitespace"},
                  {"step": "collapse_whitespace", "at_least": 2},
                  {"step": "trim"}, {"step": "trim", "start": "", "end": "\\n"},
                  {"step": "max_words", "count": 30}, {"step": "canonicalize"},
                  {"step": "special_tokens", "tokens": {"<end>": "<|end|>", "<a>": "<|a|>"}},
                  {"step": "lowercase", "by": "tokenizer"} ]
                """));
    List<CleaningStep> expected =
        List.of(
            new CleaningStep.FixText(),
            new CleaningStep.HtmlUnescape(),
            new CleaningStep.Lowercase(),
            new CleaningStep.ReplaceCharacters(",.", ""),
            new CleaningStep.ReplaceText("<person>", "person"),
            new CleaningStep.CollapseWhitespace(1),
            new CleaningStep.CollapseWhitespace(2),
            new CleaningStep.Trim(null, null),
            new CleaningStep.Trim("", "\n"),
            new CleaningStep.MaxWords(30),
            new CleaningStep.Canonicalize(),
            new CleaningStep.SpecialTokens(Map.of("<end>", "<|end|>", "<a>", "<|a|>")),
            new CleaningStep.Lowercase(true));
    BundleManifest read = BundleManifest.parse(manifest.toString());
    assertEquals(expected, read.text().cleaning());
    assertEquals(expected, BundleManifest.parse(read.toJson()).text().cleaning());
  }

  @Test
  void refusesCleaningThatIsNone() {
    refusesCleaning("{}", "[text.cleaning] must be a list of at most 32 objects, got [{}]");
    refusesCleaning("[3]", "[text.cleaning[0]] must be an object, got [3]");
    refusesCleaning(
        "[{\"step\": \"trim\"}, {\"step\": \"stem\"}]",
        "[text.cleaning[1].step] must be one of [lowercase, replace_characters, replace_text,"
            + " collapse_whitespace, trim, max_words, canonicalize, special_tokens, html_unescape,"
            + " fix_text], got [stem]");
    refusesCleaning(
        "[{\"step\": \"lowercase\", \"language\": \"tr\"}]",
        "[text.cleaning[0]] has an unknown field [language], expected only [by, step]");
    refusesCleaning(
        "[{\"step\": \"trim\"}, {\"step\": \"lowercase\", \"by\": \"tokenizer\"},"
            + " {\"step\": \"trim\"}]",
        "[text.cleaning[1].by] must be [text] before other steps, got [tokenizer]");
    refusesCleaning(
        "[{\"step\": \"special_tokens\", \"tokens\": {}}]",
        "[text.cleaning[0].tokens] must name from 1 to 16 tokens, got [{}]");
    refusesCleaning(
        "[{\"step\": \"special_tokens\", \"tokens\": {\"<a>\": \"an end\"}}]",
        "[text.cleaning[0].tokens.<a>] must be a token without blanks, at most 1000 characters"
            + " long, got [an end]");
    refusesCleaning(
        "[{\"step\": \"max_words\", \"count\": 0}]",
        "[text.cleaning[0].count] must be an integer in [1, 4096], got [0]");
    refusesCleaning(
        "[{\"step\": \"replace_text\", \"text\": \"\", \"with\": \"x\"}]",
        "[text.cleaning[0].text] must have 1 to 1000 characters, got 0");
    refusesCleaning(
        "[{\"step\": \"replace_characters\", \"characters\": \"x\", \"with\": \""
            + "y".repeat(17)
            + "\"}]",
        "[text.cleaning[0].with] must have 0 to 16 characters, got 17");
  }

  private void refusesCleaning(String cleaning, String message) {
    text().add("cleaning", JsonParser.parseString(cleaning));
    BundleException e =
        assertThrows(BundleException.class, () -> BundleManifest.parse(manifest.toString()));
    assertEquals(message, e.getMessage());
  }

  private JsonObject text() {
    return manifest.getAsJsonObject("text");
  }
}
