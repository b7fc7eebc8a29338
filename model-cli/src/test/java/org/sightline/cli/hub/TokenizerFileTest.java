package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.bundle.BundleException;

/** The forms in which tokenizers hold their vocabulary. */
class TokenizerFileTest {
  @TempDir private Path folder;

  private TokenizerFile read(String json, String wanted) throws IOException {
    return TokenizerFile.read(Files.writeString(folder.resolve("tokenizer.json"), json), wanted);
  }

  private static TokenizerFile ids(int pad, int wanted, int tokens) {
    return new TokenizerFile(optional(pad), optional(wanted), tokens);
  }

  private static OptionalInt optional(int id) {
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  @Test
  void findsATokenByItsPlaceInAUnigramVocabulary() throws IOException {
    String json =
        """
        {"model": {"type": "Unigram", "unk_id": 2,
          "vocab": [["<pad>", 0.0], ["</s>", 0.0], ["<unk>", -1.5]]}, "padding": null}""";
    assertEquals(ids(-1, 1, 3), read(json, "</s>"));
    assertEquals(ids(-1, -1, 3), read(json, "<none>"));
    assertEquals(ids(-1, -1, 3), read(json, null));
  }

  @Test
  void anAddedTokenWinsOverTheVocabulary() throws IOException {
    String json =
        """
        {"added_tokens": [{"id": 7, "content": "<pad>", "special": true}],
         "padding": {"strategy": {"Fixed": 64}, "pad_id": 3, "pad_token": "x"},
         "model": {"type": "BPE", "vocab": {"<pad>": 1, "a": 0}, "merges": [["a", "a"]]}}""";
    assertEquals(ids(3, 7, 8), read(json, "<pad>"));
    assertEquals(ids(3, 0, 8), read(json, "a"));
  }

  @Test
  void refusesAVocabularyOfAnotherForm() {
    BundleException e =
        assertThrows(BundleException.class, () -> read("{\"model\": {\"vocab\": [1]}}", "a"));
    assertEquals(
        "[tokenizer.json] is not a tokenizer: Expected BEGIN_ARRAY but was NUMBER at line 1 column"
            + " 23 path $.model.vocab[0]",
        e.getMessage());
  }
}
