package org.sightline.runtime.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.CleaningStep;

/** The cleaning of the reference programs, string by string, as the exporter writes it. */
class TextCleanerTest {
  private static final Path FIXTURES = Path.of("src/test/fixtures");

  private static JsonObject fixture;

  @BeforeAll
  static void read() throws Exception {
    fixture =
        JsonParser.parseString(Files.readString(FIXTURES.resolve("cleaning.json")))
            .getAsJsonObject();
  }

  @ParameterizedTest
  @ValueSource(strings = {"blip", "albef", "clip", "whitespace", "canonicalize"})
  void equalsTheReference(String cleaning) throws Exception {
    TextCleaner cleaner = cleaner(fixture.getAsJsonObject("steps").getAsJsonArray(cleaning));
    JsonArray cases = fixture.getAsJsonArray("cases");
    for (JsonElement element : cases) {
      JsonObject expected = element.getAsJsonObject();
      String text = expected.get("text").getAsString();
      assertEquals(expected.get(cleaning).getAsString(), cleaner.clean(text), escaped(text));
    }
    assertTrue(cases.size() >= 300, "cases: " + cases.size());
  }

  @Test
  void cleanedTextsAreBounded() throws Exception {
    TextCleaner cleaner =
        new TextCleaner(
            List.of(
                new CleaningStep.ReplaceText("a", "aaaaaaaaaaaaaaaa"),
                new CleaningStep.ReplaceText("a", "aaaaaaaaaaaaaaaa"),
                new CleaningStep.ReplaceText("a", "aaaaaaaaaaaaaaaa")));
    assertEquals(TextTokenizer.MAX_CHARACTERS, cleaner.clean("a".repeat(100_000)).length());
    TextCleaner clip = cleaner(fixture.getAsJsonObject("steps").getAsJsonArray("clip"));
    // each round of decoding takes one level away: as deep as this nobody may keep a node busy
    String nested = clip.clean("&" + "amp;".repeat(50_000) + "lt;");
    assertTrue(nested.startsWith("&amp;amp;"), nested.substring(0, 20));
  }

  /** Only where OpenCLIP's tokenizer finds them; the other names are words and marks. */
  @Test
  void specialTokensAreFoundAtTheBeginningOfAPiece() {
    TextCleaner cleaner =
        new TextCleaner(List.of(new CleaningStep.SpecialTokens(Map.of("<end>", "<|end|>"))));
    assertEquals("cat <|end|> sat", cleaner.clean("cat<end>sat"));
    assertEquals("<|end|> <|end|>", cleaner.clean("<end> <end>"));
    assertEquals("cat !< end >", cleaner.clean("cat !<end>"));
    assertEquals("<| end |>", cleaner.clean("<|end|>"));
    assertEquals("it's  a <end", cleaner.clean("it's  a <end"), "nothing to find");
  }

  @Test
  void withoutStepsTextsStayAsTheyAre() {
    String text = " A &amp; B\u0000 \uD83D " + "x".repeat(TextTokenizer.MAX_CHARACTERS);
    assertEquals(text, new TextCleaner(List.of()).clean(text));
  }

  /** Steps as a manifest holds them. */
  private static TextCleaner cleaner(JsonArray steps) throws Exception {
    JsonObject manifest =
        JsonParser.parseString(Files.readString(FIXTURES.resolve("tiny-blip/model.json")))
            .getAsJsonObject();
    manifest.getAsJsonObject("text").add("cleaning", steps);
    return new TextCleaner(BundleManifest.parse(manifest.toString()).text().cleaning());
  }

  private static String escaped(String text) {
    StringBuilder escaped = new StringBuilder();
    for (char c : text.toCharArray()) {
      escaped.append(c < 0x7F && c > 0x1F ? String.valueOf(c) : "\\u" + Integer.toHexString(c));
    }
    return escaped.toString();
  }
}
