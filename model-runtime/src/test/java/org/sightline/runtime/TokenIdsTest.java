package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.LongBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.batch.DirectBuffers;
import org.sightline.runtime.batch.TextStage;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.CleaningStep.Lowercase;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.bundle.TextSpec.Padding;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.stats.RuntimeMetrics;
import org.sightline.runtime.text.TextTokenizer;

/**
 * Ids of 2,200 texts by the real vocabularies of CLIP, BERT and Gemma, as the Python tokenizers
 * give them. The vocabularies are too large for the repository: {@code ./test} fetches them into
 * {@code .cache}, and without them these tests are skipped.
 */
class TokenIdsTest {
  private static final Path FIXTURES = Path.of("src/test/fixtures");
  private static final Path VOCABULARIES = Path.of("../.cache/vocabularies");
  private static final int ENC = 30523;

  private static JsonObject fixture;

  @TempDir private Path folder;

  @BeforeAll
  static void read() throws Exception {
    fixture = compressed("token-ids.json.gz");
  }

  private static JsonObject compressed(String name) throws IOException {
    try (Reader in =
        new InputStreamReader(
            new GZIPInputStream(Files.newInputStream(FIXTURES.resolve(name))),
            StandardCharsets.UTF_8)) {
      return JsonParser.parseReader(in).getAsJsonObject();
    }
  }

  private static Path vocabulary(String name) {
    Path file = VOCABULARIES.resolve(name).resolve("tokenizer.json");
    assumeTrue(
        Files.isRegularFile(file),
        "SKIPPED: no "
            + file
            + "; in lab/fixtures: python3 -m fixture_maker vocabularies"
            + " ../../.cache/vocabularies");
    return file;
  }

  private static long[] longs(JsonArray array) {
    return array.asList().stream().mapToLong(JsonElement::getAsLong).toArray();
  }

  @ParameterizedTest
  @CsvSource({"clip, LONGEST, 49407", "bert, LONGEST, 0", "gemma, MAX_LENGTH, 0"})
  void idsEqualTheReference(String name, Padding padding, int pad) throws Exception {
    Path file = vocabulary(name);
    assertEquals(fixture.getAsJsonObject("sha256").get(name).getAsString(), Digest.sha256(file));
    int length = fixture.getAsJsonObject("max_length").get(name).getAsInt();
    TextSpec spec =
        new TextSpec(length, padding, pad, name.equals("bert") ? Integer.valueOf(ENC) : null, null);
    TextTokenizer tokenizer = TextTokenizer.open(file, spec);
    try {
      check(new TextStage(tokenizer, spec, new RuntimeMetrics()), spec, name);
    } finally {
      tokenizer.decRef();
    }
  }

  /** The published files of SigLIP 2 keep capitals; transformers' class for them does not. */
  @Test
  void capitalsAreMadeSmallByTheTokenizer() throws Exception {
    JsonObject tokenizer =
        JsonParser.parseString(Files.readString(vocabulary("gemma"))).getAsJsonObject();
    JsonArray normalizers = tokenizer.getAsJsonObject("normalizer").getAsJsonArray("normalizers");
    assertEquals("Lowercase", normalizers.get(0).getAsJsonObject().get("type").getAsString());
    tokenizer.add("normalizer", normalizers.get(1));
    Path file = Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString());
    TextSpec spec =
        new TextSpec(64, Padding.MAX_LENGTH, 0, null, null, List.of(new Lowercase(true)));
    TextTokenizer lower = TextTokenizer.open(file, spec);
    try {
      check(new TextStage(lower, spec, new RuntimeMetrics()), spec, "gemma");
    } finally {
      lower.decRef();
    }
  }

  /**
   * Ids that OpenCLIP itself gives, special tokens in texts included. Only texts in a wrong
   * encoding, which ftfy repairs, and with a certain mark may have others.
   */
  @Test
  void idsEqualOpenClips() throws Exception {
    JsonObject openClip = compressed("open-clip-ids.json.gz");
    JsonObject steps =
        JsonParser.parseString(Files.readString(FIXTURES.resolve("cleaning.json")))
            .getAsJsonObject()
            .getAsJsonObject("steps");
    JsonObject bundle =
        JsonParser.parseString(Files.readString(FIXTURES.resolve("tiny-clip/model.json")))
            .getAsJsonObject();
    JsonObject text = bundle.getAsJsonObject("text");
    text.add("cleaning", steps.get("openclip"));
    text.add("max_length", openClip.get("max_length"));
    TextSpec spec = BundleManifest.parse(bundle.toString()).text();
    Set<Integer> differ = new HashSet<>();
    openClip.getAsJsonArray("differ").forEach(at -> differ.add(at.getAsInt()));
    assertTrue(differ.size() <= 12, "texts with other ids: " + differ.size());
    TextTokenizer tokenizer = TextTokenizer.open(vocabulary("clip"), spec);
    try {
      TextStage stage = new TextStage(tokenizer, spec, new RuntimeMetrics());
      JsonArray texts = openClip.getAsJsonArray("texts");
      assertTrue(texts.size() >= 2800, "texts: " + texts.size());
      for (int i = 0; i < texts.size(); i++) {
        String given = texts.get(i).getAsString();
        if (differ.contains(i) == false) {
          long[] expected = longs(openClip.getAsJsonArray("ids").get(i).getAsJsonArray());
          assertArrayEquals(expected, stage.ids(given), () -> "[" + given + "]");
        }
      }
    } finally {
      tokenizer.decRef();
    }
  }

  /** The bundled tokenizers once took words of any length; only such words have other ids now. */
  @ParameterizedTest
  @ValueSource(strings = {"emoji-clip", "emoji-blip"})
  void ordinaryTextsDoNotNeedLongWords(String bundle) throws Exception {
    Path file = Path.of("bundles").resolve(bundle).resolve("tokenizer.json");
    Path longer =
        Files.writeString(
            folder.resolve("tokenizer.json"),
            Files.readString(file)
                .replaceFirst(
                    "\"max_input_chars_per_word\": 100\\b",
                    "\"max_input_chars_per_word\": 1000000"));
    assertNotEquals(Digest.sha256(file), Digest.sha256(longer));
    TextSpec spec = new TextSpec(64, Padding.LONGEST, 0, null, null);
    TextTokenizer usual = TextTokenizer.open(file, spec);
    TextTokenizer other = TextTokenizer.open(longer, spec);
    int compared = 0;
    try {
      for (JsonElement element : fixture.getAsJsonArray("texts")) {
        String text = element.getAsString();
        if (!text.matches("(?s).*\\S{101}.*")) {
          assertArrayEquals(other.ids(text), usual.ids(text), () -> "[" + text + "]");
          compared++;
        }
      }
    } finally {
      usual.decRef();
      other.decRef();
    }
    assertTrue(compared > 2000, "texts: " + compared);
  }

  private static void check(TextStage stage, TextSpec spec, String name) {
    JsonArray texts = fixture.getAsJsonArray("texts");
    JsonArray expected = fixture.getAsJsonObject("ids").getAsJsonArray(name);
    assertTrue(texts.size() >= 2000, "texts: " + texts.size());
    List<long[]> batch = new ArrayList<>();
    for (int i = 0; i < texts.size(); i++) {
      String text = texts.get(i).getAsString();
      long[] ids = longs(expected.get(i).getAsJsonArray());
      assertArrayEquals(ids, stage.ids(text), () -> "[" + text + "]");
      long[] matching = ids.clone();
      if (spec.matchingFirstTokenId() != null) {
        matching[0] = spec.matchingFirstTokenId();
      }
      assertArrayEquals(matching, stage.matchingIds(text), () -> "matched [" + text + "]");
      batch.add(ids);
      if (batch.size() == 20) {
        checkPadding(stage, spec, batch);
        batch.clear();
      }
    }
  }

  private static void checkPadding(TextStage stage, TextSpec spec, List<long[]> batch) {
    List<Integer> lengths = batch.stream().map(ids -> ids.length).toList();
    int width = stage.width(lengths);
    int longest = lengths.stream().mapToInt(Integer::intValue).max().orElseThrow();
    assertEquals(spec.padding() == Padding.MAX_LENGTH ? spec.maxLength() : longest, width);
    DirectBuffers buffers = new DirectBuffers();
    LongBuffer ids = ((InputTensor.Longs) stage.ids(batch, width, buffers)).buffer();
    LongBuffer mask = ((InputTensor.Longs) stage.mask(lengths, width, buffers)).buffer();
    for (int row = 0; row < batch.size(); row++) {
      for (int at = 0; at < width; at++) {
        boolean text = at < batch.get(row).length;
        assertEquals(text ? batch.get(row)[at] : spec.padTokenId(), ids.get(row * width + at));
        assertEquals(text ? 1 : 0, mask.get(row * width + at));
      }
    }
  }
}
