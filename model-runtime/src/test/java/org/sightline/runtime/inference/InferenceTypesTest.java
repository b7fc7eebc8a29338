package org.sightline.runtime.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class InferenceTypesTest {

  @Test
  void digestIsSha256OfTheBytes() {
    // the test vector of FIPS 180-2 for "abc"
    String expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
    assertEquals(expected, Digest.sha256(abc));
    assertEquals(expected, InferenceInput.Image.of(abc).digest());
    assertTrue(Digest.isDigest(expected));
    assertFalse(Digest.isDigest(expected.toUpperCase(java.util.Locale.ROOT)));
    assertFalse(Digest.isDigest(expected.substring(1)));
    assertFalse(Digest.isDigest(null));
  }

  @Test
  void textsWithoutContentAreBlank() {
    for (String text :
        List.of(
            "",
            " \t\n",
            "\u00A0\u2003\u200B\uFEFF", // white space of all widths, the last two have none
            "...!?",
            "—「」。、",
            "\u0301\uFE0F\u200D", // marks and joiners that belong to nothing
            "\u0000\u0007\u00AD",
            "\uD83D", // half of a pair
            "\uE000", // for private use
            "\u3164\u2800\uFFFD")) {
      assertTrue(InferenceInput.Text.isBlank(text), text);
      assertTrue(new InferenceInput.Text(text).isBlank(), text);
    }
  }

  @Test
  void lettersDigitsSymbolsAndEmojiAreContent() {
    for (String text :
        List.of(
            "a  7  + € ^ © ½ Ⅳ ① ٣ ñ 猫 ー ﷺ हि ❤ ❤️ 🫠 👩🏽‍🚀 🇫🇷 ‼ ⁉️ 〰️ #️⃣ *️⃣ ...a"
                .split(" +"))) {
      assertFalse(InferenceInput.Text.isBlank(text), text);
      assertFalse(new InferenceInput.Text(" " + text).isBlank(), text);
    }
  }

  @Test
  void probabilityIsTheSoftmaxOfTheLogits() {
    assertEquals(0.5f, new MatchScore(1.5f, 1.5f, null).probability());
    // e^2 / (e^1 + e^2)
    assertEquals(0.7310586f, new MatchScore(1, 2, null).probability(), 1e-6f);
    assertEquals(0f, new MatchScore(500, -500, null).probability());
    assertEquals(1f, new MatchScore(-500, 500, null).probability());
  }

  @Test
  void outcomeGivesItsValueOrThrowsItsReason() {
    assertEquals("value", Outcome.success("value").orThrow());
    InferenceException reason = InferenceException.invalid("no");
    Outcome<String> failure = Outcome.failure(reason);
    assertSame(reason, assertThrows(InferenceException.class, failure::orThrow));
  }

  @Test
  void requestsKeepTheirOwnListOfInputs() {
    List<InferenceInput> inputs = new ArrayList<>(List.of(new InferenceInput.Text("a")));
    EmbedRequest request =
        new EmbedRequest("m", inputs, Purpose.SEARCH, Deadline.after(Duration.ofSeconds(1)));
    inputs.clear();
    assertEquals(List.of(new InferenceInput.Text("a")), request.inputs());
  }

  @Test
  void deadlinePasses() {
    assertTrue(Deadline.after(Duration.ZERO).expired());
    assertTrue(Deadline.after(Duration.ofSeconds(-1)).remaining().isNegative());
    assertFalse(Deadline.after(Duration.ofHours(1)).expired());
  }

  @Test
  void aDeadlineThatIsAbandonedHasExpiredWithAllItsParts() {
    Deadline whole = Deadline.after(Duration.ofHours(1));
    Deadline part = whole.part(Duration.ofMinutes(1));
    Deadline other = whole.part(Duration.ofMinutes(1));
    assertTrue(part.remaining().compareTo(Duration.ofMinutes(1)) <= 0);
    part.abandon();
    assertTrue(part.expired());
    assertFalse(whole.expired());
    assertFalse(other.expired());
    whole.abandon();
    assertTrue(whole.expired());
    assertTrue(other.abandoned());
    assertTrue(whole.remaining().isPositive());
  }

  @Test
  void embeddingOfSeveralVectorsHasNoSingleOne() {
    Embedding several = new Embedding(List.of(new float[] {1}, new float[] {0}));
    assertEquals(
        "expected one vector, got [2]",
        assertThrows(IllegalStateException.class, several::single).getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Embedding(List.of()));
  }

  @Test
  void unknownModelNamesThoseThatExist() {
    ModelCatalog catalog =
        new ModelCatalog() {
          @Override
          public SortedSet<String> ids() {
            return new TreeSet<>(List.of("b", "a"));
          }

          @Override
          public Optional<ModelInfo> find(String id) {
            return Optional.empty();
          }
        };
    InferenceException error =
        assertThrows(InferenceException.class, () -> catalog.require("nope"));
    assertEquals("model [nope] does not exist, expected one of [a, b]", error.getMessage());
    assertEquals(InferenceException.Kind.UNKNOWN_MODEL, error.kind());
  }

  /** The short form must fit into the meta of a field, whose values have at most 50 characters. */
  @Test
  void aVersionIsNamedByItsFirstDigits() {
    ModelInfo model = model("0123456789abcdef".repeat(4));
    assertEquals("0123456789abcdef", model.shortVersion());
    assertTrue(model.isVersion(model.version()));
    assertTrue(model.isVersion(model.shortVersion()));
    assertTrue(model.isVersion("0123456789ab"));
    assertFalse(model.isVersion("0123456789a"), "too short to tell versions apart");
    assertFalse(model.isVersion(""));
    assertFalse(model.isVersion("0123456789abcdee"));
    assertFalse(model.isVersion(model.version() + "0"));
    assertEquals("v1", model("v1").shortVersion());
    assertTrue(model("v1").isVersion("v1"));
  }

  private static ModelInfo model(String version) {
    return new ModelInfo("m", version, "f", "d", "l", 4, 1, "cosine", 1, 0, Set.of());
  }

  @Test
  void rolesAreNamedAsInManifests() {
    assertEquals("image_embedding", Role.IMAGE_EMBEDDING.id());
    for (Role role : Role.values()) {
      assertEquals(Optional.of(role), Role.fromId(role.id()));
    }
    assertEquals(Optional.empty(), Role.fromId("IMAGE_EMBEDDING"));
  }
}
