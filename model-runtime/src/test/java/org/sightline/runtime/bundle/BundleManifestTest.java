package org.sightline.runtime.bundle;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.Role;

class BundleManifestTest {
  private static final Path BLIP = Path.of("src/test/fixtures/tiny-blip/model.json");

  private JsonObject manifest;

  @BeforeEach
  void readManifest() throws IOException {
    manifest = JsonParser.parseString(Files.readString(BLIP)).getAsJsonObject();
  }

  @Test
  void readsEveryField() {
    BundleManifest read = BundleManifest.parse(manifest.toString());
    assertEquals("tiny-blip", read.id());
    assertEquals("blip", read.family());
    assertEquals("Apache-2.0", read.license());
    assertEquals(16, read.dimensions());
    assertEquals(1, read.vectorsPerImage());
    assertEquals("cosine", read.similarity());
    assertEquals(0f, read.logitBias());
    assertEquals(
        new ImageSpec(
            32,
            32,
            ImageSpec.Resize.SQUASH,
            ImageSpec.Interpolation.BICUBIC,
            ImageSpec.Crop.NONE,
            List.of(0.48145466f, 0.4578275f, 0.40821073f),
            List.of(0.26862954f, 0.26130258f, 0.27577711f),
            ImageSpec.Transparency.DROP,
            ImageSpec.Orientation.EXIF),
        read.image());
    assertEquals(new TextSpec(16, TextSpec.Padding.LONGEST, 0, 5, null), read.text());
    assertEquals(
        Set.of(Role.IMAGE_EMBEDDING, Role.IMAGE_TOKENS, Role.TEXT_EMBEDDING, Role.MATCHING),
        read.info().roles());
    assertEquals("image.onnx", read.role(Role.IMAGE_TOKENS).orElseThrow().file());
    assertEquals("input_ids", read.role(Role.MATCHING).orElseThrow().inputs().get("ids"));
    assertEquals(5297, read.files().get("tokenizer.json").bytes());
  }

  @Test
  void optionalFieldsHaveDefaults() {
    manifest.remove("logit_bias");
    manifest.addProperty("vectors_per_image", 32);
    object("image").addProperty("orientation", "ignore");
    object("image").addProperty("crop", "center");
    object("image").addProperty("crop_rounding", "half_even");
    object("source").add("sha256", JsonNull.INSTANCE);
    BundleManifest read = BundleManifest.parse(manifest.toString());
    assertEquals(0f, read.logitBias());
    assertEquals(32, read.vectorsPerImage());
    assertNull(read.sourceSha256());
    assertEquals(ImageSpec.Orientation.IGNORE, read.image().orientation());
    assertEquals(ImageSpec.CropRounding.HALF_EVEN, read.image().cropRounding());
    assertEquals(read, BundleManifest.parse(read.toJson()));
    assertEquals(read.bytes(), read.loadedBytes());
    JsonObject shared = object("files").getAsJsonObject("text.onnx");
    shared.addProperty("graphs", 3);
    BundleManifest sharing = BundleManifest.parse(manifest.toString());
    assertEquals(sharing, BundleManifest.parse(sharing.toJson()));
    assertEquals(read.bytes(), sharing.bytes());
    assertEquals(read.bytes() + 2 * shared.get("bytes").getAsLong(), sharing.loadedBytes());
    object("image").addProperty("crop", "none");
    BundleException e =
        assertThrows(BundleException.class, () -> BundleManifest.parse(manifest.toString()));
    assertEquals(
        "[image.crop_rounding] must be left out where [image.crop] is [none], got [half_even]",
        e.getMessage());
  }

  @Test
  void readsAndWritesPatches() {
    JsonObject image = object("image");
    image.addProperty("resize", "patches");
    image.addProperty("height", 40);
    image.add("patches", JsonParser.parseString("{\"size\": 8, \"count\": 16}"));
    BundleManifest read = BundleManifest.parse(manifest.toString());
    assertEquals(new ImageSpec.Patches(8, 16), read.image().patches());
    assertEquals(read, BundleManifest.parse(read.toJson()));
    refusesPatches(
        "{\"size\": 8, \"count\": 17}",
        "have a count of at most the 16 that the sheet has room for");
    refusesPatches(
        "{\"size\": 7, \"count\": 9}", "have a size that divides [image.width] and [image.height]");
    image.addProperty("resize", "squash");
    refusesPatches(
        "{\"size\": 8, \"count\": 16}", "be there only where [image.resize] is [patches]");
  }

  private void refusesPatches(String patches, String must) {
    object("image").add("patches", JsonParser.parseString(patches));
    BundleException e =
        assertThrows(BundleException.class, () -> BundleManifest.parse(manifest.toString()));
    assertEquals("[image.patches] must " + must, e.getMessage().replaceFirst(", got .*", ""));
  }

  @Test
  void refusesUnknownMissingAndMistypedFields() {
    refuses(
        m -> object("image").addProperty("widht", 3),
        "[image] has an unknown field [widht], expected only "
            + "[crop, crop_rounding, height, interpolation, mean, orientation, patches, resize,"
            + " std, transparency, width]");
    refuses(
        m -> m.addProperty("dimension", 16),
        "the manifest has an unknown field [dimension], expected only [caption, description, dimensions,"
            + " family, files, format_version, id, image, license, logit_bias, logit_scale, roles,"
            + " similarity, source, text, vectors_per_image]");
    refuses(
        m -> m.remove("dimensions"),
        "[dimensions] is missing, the role [image_embedding] needs it");
    refuses(m -> m.add("family", JsonNull.INSTANCE), "[family] must not be null");
    refuses(
        m -> m.addProperty("dimensions", "16"),
        "[dimensions] must be an integer in [1, 4096], got [\"16\"]");
    refuses(
        m -> m.addProperty("dimensions", 1.5),
        "[dimensions] must be an integer in [1, 4096], got [1.5]");
    refuses(m -> m.addProperty("license", 2), "[license] must be a string, got [2]");
    refuses(m -> m.addProperty("image", 2), "[image] must be an object, got [2]");
    refuses(
        m -> object("image").add("mean", JsonParser.parseString("[1, 2]")),
        "[image.mean] must be an array of 3 numbers, got [[1,2]]");
    refuses(
        m -> object("image").add("mean", JsonParser.parseString("[1, 2, \"x\"]")),
        "[image.mean[2]] must be a number, got [\"x\"]");
  }

  @Test
  void refusesValuesOutOfRange() {
    refuses(
        m -> m.addProperty("format_version", 2),
        "[format_version] must be an integer in [1, 1], got [2]");
    refuses(
        m -> m.addProperty("dimensions", 0),
        "[dimensions] must be an integer in [1, 4096], got [0]");
    refuses(
        m -> m.addProperty("id", "Tiny Blip"),
        "[id] must match [a-z0-9][a-z0-9._-]{0,99}, got [Tiny Blip]");
    refuses(m -> m.addProperty("logit_scale", 0), "[logit_scale] must be above 0, got [0]");
    refuses(
        m -> m.addProperty("similarity", "dot"), "[similarity] must be one of [cosine], got [dot]");
    refuses(
        m -> object("image").addProperty("resize", "stretch"),
        "[image.resize] must be one of [shortest_edge, squash, patches], got [stretch]");
    refuses(
        m -> object("image").addProperty("orientation", "upright"),
        "[image.orientation] must be one of [exif, ignore], got [upright]");
    refuses(
        m -> object("image").add("std", JsonParser.parseString("[1, 0, 1]")),
        "[image.std] must be above 0, got [1.0, 0.0, 1.0]");
    refuses(
        m -> object("text").addProperty("pad_token_id", -1),
        "[text.pad_token_id] must be an integer in [0, 2147483647], got [-1]");
  }

  @Test
  void refusesFieldsThatDoNotFitTogether() {
    refuses(
        m -> object("image").addProperty("resize", "shortest_edge"),
        "[image.crop] must be [center] where [image.resize] is [shortest_edge], got [none]");
    refuses(m -> m.remove("image"), "[image] is missing, the role [image_embedding] needs it");
    refuses(m -> m.remove("text"), "[text] is missing, the role [text_embedding] needs it");
    refuses(
        m -> object("files").remove("tokenizer.json"),
        "[files] must list [tokenizer.json], the role [text_embedding] needs it");
  }

  @Test
  void refusesShortestEdgeOfARectangle() {
    refuses(
        m -> {
          object("image").addProperty("resize", "shortest_edge");
          object("image").addProperty("crop", "center");
          object("image").addProperty("width", 64);
        },
        "[image.width] and [image.height] must be equal where [image.resize] is [shortest_edge],"
            + " got [64] and [32]");
  }

  @Test
  void refusesRolesThatAreNone() {
    refuses(m -> m.add("roles", new JsonObject()), "[roles] must name at least one role");
    refuses(
        m -> object("roles").add("segmentation", object("roles").get("matching")),
        "[roles] has an unknown role [segmentation], expected one of [image_embedding,"
            + " text_embedding, image_tokens, text_features, matching, caption_decoder]");
    refuses(
        m -> role("matching").getAsJsonObject("inputs").addProperty("positions", "x"),
        "[roles.matching.inputs] has an unknown name [positions], expected only"
            + " [features, ids, mask, tokens]");
    refuses(
        m -> role("matching").getAsJsonObject("inputs").remove("tokens"),
        "[roles.matching.inputs.tokens] is missing");
    refuses(
        m -> role("matching").getAsJsonObject("inputs").remove("ids"),
        "[roles.matching.inputs] must have exactly one of [features, ids], got [mask, tokens]");
    refuses(
        m -> role("image_tokens").getAsJsonObject("outputs").addProperty("embedding", "x"),
        "[roles.image_tokens.outputs] has an unknown name [embedding], expected only [tokens]");
  }

  @Test
  void refusesRolesThatNeedOthers() {
    refuses(
        m -> object("roles").remove("image_tokens"),
        "[roles.matching] needs the role [image_tokens], which is missing");
    refuses(
        m -> {
          JsonObject inputs = role("matching").getAsJsonObject("inputs");
          inputs.remove("ids");
          inputs.addProperty("features", "text_features");
        },
        "[roles.matching.inputs] has [features], which needs the role [text_features]");
  }

  @Test
  void captionsHaveDefaults() {
    addCaptions();
    object("caption").remove("max_length");
    BundleManifest read = BundleManifest.parse(manifest.toString());
    // the model's texts have at most 16 tokens, so that 20 are too many
    assertEquals(new CaptionSpec(7, 3, 3, 16, 0, 1, 1), read.caption());
    assertEquals(read, BundleManifest.parse(read.toJson()));
  }

  @Test
  void refusesCaptionsThatDoNotFit() {
    addCaptions();
    refuses(
        m -> object("caption").addProperty("max_length", 17),
        "[caption.max_length] must be an integer in [2, 16], got [17]");
    refuses(
        m -> object("caption").addProperty("min_length", 13),
        "[caption.min_length] must be an integer in [0, 12], got [13]");
    refuses(
        m -> object("caption").addProperty("num_beams", 17),
        "[caption.num_beams] must be an integer in [1, 16], got [17]");
    refuses(
        m -> object("caption").addProperty("repetition_penalty", 0),
        "[caption.repetition_penalty] must be in [0.1, 10.0], got [0]");
    refuses(
        m -> object("caption").addProperty("beams", 3),
        "[caption] has an unknown field [beams], expected only [end_token_id, first_token_id,"
            + " length_penalty, max_length, min_length, num_beams, repetition_penalty]");
    refuses(m -> object("caption").remove("end_token_id"), "[caption.end_token_id] is missing");
    refuses(m -> m.remove("caption"), "[caption] is missing, the role [caption_decoder] needs it");
    refuses(
        m -> object("roles").remove("caption_decoder"),
        "[caption] is only for the role [caption_decoder], which is missing");
    refuses(
        m -> role("caption_decoder").getAsJsonObject("outputs").remove("present"),
        "[roles.caption_decoder.outputs.present] is missing");
  }

  @Test
  void aCaptionerNeedsNoDimensions() {
    addCaptions();
    manifest.remove("dimensions");
    for (String role : List.of("image_embedding", "text_embedding", "matching")) {
      object("roles").remove(role);
    }
    BundleManifest read = BundleManifest.parse(manifest.toString());
    assertEquals(0, read.dimensions());
    assertEquals(read, BundleManifest.parse(read.toJson()));
  }

  private void addCaptions() {
    manifest.add(
        "caption",
        JsonParser.parseString("{'first_token_id': 7, 'end_token_id': 3, 'max_length': 12}"));
    object("roles")
        .add(
            "caption_decoder",
            JsonParser.parseString(
                "{'file': 'matching.onnx', 'inputs': {'ids': 'i', 'tokens': 't', 'past': 'p',"
                    + " 'rows': 'r'}, 'outputs': {'logits': 'l', 'present': 'n'}}"));
  }

  @Test
  void refusesFileNamesThatLeaveTheFolder() {
    refuses(
        m -> role("matching").addProperty("file", "../matching.onnx"),
        "[roles.matching.file] must hold plain file names, got [../matching.onnx]");
    refuses(
        m -> object("files").add("sub/x.onnx", object("files").get("image.onnx")),
        "[files] must hold plain file names, got [sub/x.onnx]");
    refuses(
        m -> role("matching").addProperty("file", "other.onnx"),
        "[roles.matching.file] names [other.onnx], which [files] does not list");
    refuses(
        m -> object("files").getAsJsonObject("image.onnx").addProperty("sha256", "abc"),
        "[files.image.onnx.sha256] must be 64 lower-case hexadecimal digits, got [abc]");
  }

  @Test
  void refusesWhatIsNoJsonObject() {
    assertEquals("the manifest must be one JSON object", refusal("[1]"));
    assertEquals(
        "the manifest is not valid JSON: malformed JSON at line 1 column 5 path $",
        refusal("{} {}"));
    assertEquals(
        "the manifest is not valid JSON:" + " End of input at line 1 column 7 path $.id",
        refusal("{\"id\":"));
  }

  private void refuses(Consumer<JsonObject> change, String message) {
    JsonObject original = manifest.deepCopy();
    change.accept(manifest);
    assertEquals(message, refusal(manifest.toString()));
    manifest = original;
  }

  private static String refusal(String json) {
    return assertThrows(BundleException.class, () -> BundleManifest.parse(json)).getMessage();
  }

  private JsonObject object(String name) {
    return manifest.getAsJsonObject(name);
  }

  private JsonObject role(String name) {
    return object("roles").getAsJsonObject(name);
  }
}
