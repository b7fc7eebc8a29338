package org.sightline.runtime.text;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.TextSpec;

/** Each of the tokenizers that are refused here ends the process that opens or uses it. */
class TokenizerRulesTest {
  private static final Path FILE = Path.of("src/test/fixtures/tiny-clip/tokenizer.json");
  private static final TextSpec SPEC = new TextSpec(16, TextSpec.Padding.LONGEST, 0, null, null);
  private static final int UNITS = 512;

  @TempDir private Path folder;

  private TextTokenizer open(String part, String json) throws IOException {
    JsonObject tokenizer = JsonParser.parseString(Files.readString(FILE)).getAsJsonObject();
    tokenizer.add(part, JsonParser.parseString(json));
    return TextTokenizer.open(
        Files.writeString(folder.resolve("tokenizer.json"), tokenizer.toString()), SPEC);
  }

  private void assertRefused(String part, String json, String why) {
    BundleException e = assertThrows(BundleException.class, () -> open(part, json));
    assertEquals("the " + part + " of tokenizer.json: " + why, e.getMessage());
  }

  @Test
  void aDecoderThatCutsEndsOff() throws IOException {
    String strip = "{\"type\":\"Strip\",\"content\":\"a\",\"start\":1,\"stop\":%s}";
    String sequence = "{\"type\":\"Sequence\",\"decoders\":[{\"type\":\"Fuse\"},%s]}";
    String one = strip.replace("%s", "1");
    assertRefused("decoder", one, "[stop] must be 0, got [1]");
    assertRefused("decoder", sequence.replace("%s", one), "[stop] must be 0, got [1]");
    assertRefused("decoder", one.replace("\"type\":\"Strip\",", ""), "[stop] must be 0, got [1]");
    TextTokenizer tokenizer = open("decoder", strip.replace("%s", "0"));
    tokenizer.text(tokenizer.ids("a heart"));
    tokenizer.decRef();
  }

  @Test
  void aTemplateWithATokenThatIsNotSpecial() {
    String template =
        "{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{\"id\":\"[X]\",\"type_id\":0}},"
            + "{\"Sequence\":{\"id\":\"A\",\"type_id\":0}}],\"pair\":[],\"special_tokens\":{}}";
    String why = "[single] names \"[X]\", which [special_tokens] lacks";
    assertRefused("post_processor", template, why);
    assertRefused(
        "post_processor", "{\"type\":\"Sequence\",\"processors\":[" + template + "]}", why);
  }

  @Test
  void piecesOfNoLength() {
    assertRefused(
        "pre_tokenizer", "{\"type\":\"FixedLength\",\"length\":0}", "[length] must be at least 1");
  }

  /** A map that makes b of a. */
  private static ByteBuffer map() {
    int position = 256 ^ 'a';
    int leaf = 400;
    ByteBuffer map = ByteBuffer.allocate(4 + 4 * UNITS + 2).order(ByteOrder.LITTLE_ENDIAN);
    map.putInt(0, 4 * UNITS);
    map.putInt(4, 256 << 10);
    map.putInt(4 + 4 * position, 'a' | 1 << 8 | (position ^ leaf) << 10);
    map.putInt(4 + 4 * leaf, 1 << 31);
    map.put(4 + 4 * UNITS, (byte) 'b');
    return map;
  }

  private static String normalizer(byte[] map) {
    return "{\"type\":\"Precompiled\",\"precompiled_charsmap\":\""
        + Base64.getEncoder().encodeToString(map)
        + "\"}";
  }

  @Test
  void aMapOfCharacters() throws IOException {
    TextTokenizer tokenizer = open("normalizer", normalizer(map().array()));
    assertArrayEquals(tokenizer.ids("b"), tokenizer.ids("a"));
    tokenizer.decRef();
    String field = "[precompiled_charsmap] must be a map of characters in base64";
    assertRefused("normalizer", "{\"type\":\"Precompiled\"}", field);
    assertRefused("normalizer", "{\"precompiled_charsmap\":7}", field);
    assertRefused(
        "normalizer",
        "{\"type\":\"Sequence\",\"normalizers\":[" + normalizer(new byte[3]) + "]}",
        field + ": it has [3] bytes, which is no map");
    assertRefused(
        "normalizer",
        normalizer(Arrays.copyOf(map().array(), 1000)),
        field + ": it has [1000] bytes, which is no map");
    byte[] later = map().putInt(4, 512 << 10).array();
    String beyond = ": its trie leads beyond its [512] units";
    assertRefused("normalizer", normalizer(later), field + beyond);
    byte[] farther = map().putInt(4 + 4 * (256 ^ 'a'), 'a' | 1 << 8 | 4000 << 10).array();
    assertRefused("normalizer", normalizer(farther), field + beyond);
    byte[] replaced = map().putInt(4 + 4 * 400, 1 << 31 | 3).array();
    assertRefused("normalizer", normalizer(replaced), field + ": it has no replacement at [3]");
    byte[] inside = map().putInt(4 + 4 * 400, 1 << 31 | 1).array();
    System.arraycopy("\u00e9".getBytes(StandardCharsets.UTF_8), 0, inside, inside.length - 2, 2);
    assertRefused("normalizer", normalizer(inside), field + ": it has no replacement at [1]");
    byte[] unreadable = map().put(4 + 4 * UNITS, (byte) 0xFF).array();
    assertRefused("normalizer", normalizer(unreadable), field + ": its replacements are not UTF-8");
  }
}
