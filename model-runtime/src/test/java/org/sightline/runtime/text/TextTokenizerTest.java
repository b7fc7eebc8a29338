package org.sightline.runtime.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.batch.TextStage;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.stats.RuntimeMetrics;

class TextTokenizerTest {
  private static final Path FILE = Path.of("src/test/fixtures/tiny-clip/tokenizer.json");
  private static final TextSpec SPEC = new TextSpec(16, TextSpec.Padding.LONGEST, 0, null, null);

  @TempDir private Path folder;
  private TextTokenizer tokenizer;

  @BeforeEach
  void open() {
    tokenizer = TextTokenizer.open(FILE, SPEC);
  }

  @AfterEach
  void close() {
    tokenizer.decRef();
    assertEquals(0, tokenizer.references());
  }

  @Test
  void keepsBothSpecialTokensWhenItTruncates() {
    long[] ids = tokenizer.ids("red heart ".repeat(5000));
    assertEquals(16, ids.length);
    assertEquals(2, ids[0]);
    assertEquals(3, ids[15]);
  }

  @Test
  void theEmptyTextIsValid() {
    assertArrayEquals(new long[] {2, 3}, tokenizer.ids(""));
  }

  @Test
  void doesNotReadBeyondItsBound() {
    String longest = "red heart ".repeat(TextTokenizer.MAX_CHARACTERS);
    assertEquals(16, tokenizer.ids(longest).length);
  }

  @Test
  void readsAnyStringThatJavaCanHold() {
    long[] unpaired = tokenizer.ids("red \uD83D heart");
    assertArrayEquals(tokenizer.ids("red \uFFFD heart"), unpaired);
    assertEquals(2, tokenizer.ids("\uDC00")[0]);
    assertEquals(2, tokenizer.ids("nul \0 inside")[0]);
    assertEquals(2, tokenizer.ids("🐈 cat")[0]);
  }

  @Test
  void ignoresPaddingAndTruncationOfTheFile() throws Exception {
    JsonObject json = JsonParser.parseString(Files.readString(FILE)).getAsJsonObject();
    json.getAsJsonObject("truncation").addProperty("max_length", 3);
    JsonObject fixed = new JsonObject();
    fixed.addProperty("Fixed", 40);
    json.getAsJsonObject("padding").add("strategy", fixed);
    Path padded = Files.writeString(folder.resolve("tokenizer.json"), json.toString());
    TextTokenizer other = TextTokenizer.open(padded, SPEC);
    try {
      assertArrayEquals(new long[] {2, 161, 158, 3}, other.ids("grinning face"));
    } finally {
      other.decRef();
    }
  }

  @Test
  void refusesAFileThatIsNoTokenizer() throws Exception {
    Path file = Files.writeString(folder.resolve("tokenizer.json"), "{}");
    BundleException e = assertThrows(BundleException.class, () -> TextTokenizer.open(file, SPEC));
    assertTrue(
        e.getMessage().startsWith("the file [tokenizer.json] is not a tokenizer: "),
        e.getMessage());
  }

  @Test
  void refusesToWorkWhenClosed() {
    TextTokenizer closed = TextTokenizer.open(FILE, SPEC);
    closed.decRef();
    IllegalStateException e =
        assertThrows(IllegalStateException.class, () -> closed.ids("red heart"));
    assertEquals("the tokenizer is closed", e.getMessage());
  }

  private TextTokenizer changed(Consumer<JsonObject> change) throws Exception {
    JsonObject json = JsonParser.parseString(Files.readString(FILE)).getAsJsonObject();
    change.accept(json);
    return TextTokenizer.open(
        Files.writeString(folder.resolve("tokenizer.json"), json.toString()), SPEC);
  }

  /** Whatever the file says, the work on a word is bounded; up to the bound its ids stay. */
  @Test
  void longWordsAreUnknown() throws Exception {
    TextTokenizer unbounded =
        changed(
            json ->
                json.getAsJsonObject("model").addProperty("max_input_chars_per_word", 1_000_000));
    try {
      assertArrayEquals(tokenizer.ids("grinningface"), unbounded.ids("grinningface"));
      assertEquals(16, unbounded.ids("a".repeat(TextTokenizer.MAX_WORD)).length);
      assertArrayEquals(new long[] {2, 1, 3}, unbounded.ids("a".repeat(4000)));
    } finally {
      unbounded.decRef();
    }
  }

  @Test
  void refusesATokenizerThatTakesTooLong() throws Exception {
    tokenizer.requireBoundedTime();
    JsonArray steps = new JsonArray();
    JsonObject step = new JsonObject();
    step.addProperty("type", "NFD");
    for (int i = 0; i < 1500; i++) {
      steps.add(step);
    }
    JsonObject normalizer = new JsonObject();
    normalizer.addProperty("type", "Sequence");
    normalizer.add("normalizers", steps);
    TextTokenizer slow = changed(json -> json.add("normalizer", normalizer));
    try {
      BundleException e =
          assertThrows(BundleException.class, () -> slow.requireTime(Duration.ofMillis(100)));
      assertTrue(
          e.getMessage()
              .matches(
                  "the tokenizer takes longer than \\[100] ms for \\[[^]]+] of \\[\\d+]"
                      + " characters"),
          e.getMessage());
    } finally {
      slow.decRef();
    }
  }

  /** Captions go on from a prompt, also where the tokenizer puts nothing around it. */
  @Test
  void promptsDoNotNeedSpecialTokens() throws Exception {
    TextTokenizer plain = changed(json -> json.add("post_processor", JsonNull.INSTANCE));
    try {
      for (TextTokenizer each : List.of(tokenizer, plain)) {
        TextStage stage = new TextStage(each, SPEC, new RuntimeMetrics());
        assertArrayEquals(new long[] {7}, stage.promptIds(null, 7));
        assertArrayEquals(new long[] {7}, stage.promptIds(" ", 7));
        assertArrayEquals(new long[] {7, 161}, stage.promptIds("grinning", 7));
        assertArrayEquals(new long[] {7, 161, 158}, stage.promptIds("grinning face", 7));
      }
    } finally {
      plain.decRef();
    }
  }

  @Test
  void givesEveryThreadTheSameIds() throws Exception {
    long[] expected = tokenizer.ids("grinning cat");
    List<FutureTask<Void>> tasks = new ArrayList<>();
    for (int thread = 0; thread < 4; thread++) {
      tasks.add(
          new FutureTask<>(
              () -> {
                for (int i = 0; i < 500; i++) {
                  assertArrayEquals(expected, tokenizer.ids("grinning cat"));
                }
                return null;
              }));
    }
    tasks.forEach(task -> Thread.ofPlatform().start(task));
    for (FutureTask<Void> task : tasks) {
      task.get(60, TimeUnit.SECONDS);
    }
  }

  @Test
  void knowsItsPlatforms() {
    assertEquals("linux-x86_64", TokenizerLibrary.platform("Linux", "amd64"));
    assertEquals("linux-aarch64", TokenizerLibrary.platform("Linux", "aarch64"));
    assertEquals("osx-aarch64", TokenizerLibrary.platform("Mac OS X", "aarch64"));
    assertEquals("win-x86_64", TokenizerLibrary.platform("Windows 11", "amd64"));
  }
}
