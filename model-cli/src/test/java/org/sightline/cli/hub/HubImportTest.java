package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.attribute;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Role;
import org.sightline.testsupport.onnx.OnnxWriter;

/** What can be imported, and that it gives what transformers gives. */
class HubImportTest extends HubTestCase {

  @Test
  void clipGivesWhatTransformersGives() throws Exception {
    Bundle bundle = importFolder(FIXTURES.resolve("hub-clip"), ImportOptions.none());
    assertEqualsReference(bundle, "hub-clip.reference.json");
    assertEquals(List.of("hub-clip"), installed());
  }

  @Test
  void siglipGivesWhatTransformersGives() throws Exception {
    Bundle bundle = importFolder(FIXTURES.resolve("hub-siglip"), SIGLIP);
    assertEqualsReference(bundle, "hub-siglip.reference.json");
  }

  @Test
  void derivesTheManifestOfClip() throws Exception {
    Path folder = FIXTURES.resolve("hub-clip");
    ImportOptions options = new ImportOptions("my-clip", "MIT", null, null, "fp32");
    BundleManifest manifest = importFolder(folder, options).manifest();
    assertEquals("my-clip", manifest.id());
    assertEquals("clip", manifest.family());
    assertEquals("MIT", manifest.license());
    assertEquals("hub-clip", manifest.sourceCheckpoint());
    assertNull(manifest.sourceSha256());
    assertEquals(16, manifest.dimensions());
    assertEquals(100, manifest.logitScale());
    assertEquals(0, manifest.logitBias());
    assertEquals(CLIP_IMAGE, manifest.image());
    assertEquals(new TextSpec(16, TextSpec.Padding.LONGEST, 0, null, null), manifest.text());
    assertEquals(
        Map.of(
            Role.IMAGE_EMBEDDING,
            new RoleSpec(
                "vision_model.onnx",
                Map.of("pixels", "pixel_values"),
                Map.of("embedding", "image_embeds")),
            Role.TEXT_EMBEDDING,
            new RoleSpec(
                "text_model.onnx",
                Map.of("ids", "input_ids", "mask", "attention_mask"),
                Map.of("embedding", "text_embeds"))),
        manifest.roles());
    assertEquals(
        Set.of("vision_model.onnx", "text_model.onnx", "tokenizer.json"),
        manifest.files().keySet());
    assertEquals(
        Digest.sha256(folder.resolve("onnx/text_model.onnx")),
        manifest.files().get("text_model.onnx").sha256());
  }

  @Test
  void derivesTheManifestOfSiglip() throws Exception {
    Path folder = copy("hub-siglip");
    // transformers writes only what differs from its defaults; SigLIP's length of 64 is one
    set(folder.resolve("config.json"), "text_config.max_position_embeddings", null);
    set(folder.resolve("config.json"), "text_config.pad_token_id", "1");
    BundleManifest manifest = importFolder(folder, SIGLIP).manifest();
    assertEquals("siglip", manifest.family());
    assertEquals("unknown", manifest.license());
    assertEquals(20, manifest.logitScale());
    assertEquals(-8, manifest.logitBias());
    assertEquals(ImageSpec.Resize.SQUASH, manifest.image().resize());
    assertEquals(ImageSpec.Interpolation.BILINEAR, manifest.image().interpolation());
    // the tokenizer's own pad token, not the model's default of 1
    assertEquals(new TextSpec(64, TextSpec.Padding.MAX_LENGTH, 0, null, null), manifest.text());
    assertEquals(
        "pooler_output",
        manifest.role(Role.TEXT_EMBEDDING).orElseThrow().outputs().get("embedding"));
  }

  @Test
  void theManifestIsReadAsItWasWritten() throws Exception {
    for (String id : List.of("tiny-clip", "tiny-blip")) {
      BundleManifest manifest = Bundle.read(FIXTURES.resolve(id)).manifest();
      assertEquals(manifest, BundleManifest.parse(manifest.toJson()));
    }
  }

  @Test
  void takesThePrecisionThatWasAskedFor() throws Exception {
    Path folder = copy("hub-clip");
    for (String graph : List.of("vision_model", "text_model")) {
      Files.copy(
          folder.resolve("onnx/" + graph + ".onnx"),
          folder.resolve("onnx/" + graph + "_fp16.onnx"));
    }
    ImportOptions options = new ImportOptions(null, null, null, null, "fp16");
    assertEquals(
        Set.of("vision_model_fp16.onnx", "text_model_fp16.onnx", "tokenizer.json"),
        importFolder(folder, options).manifest().files().keySet());
  }

  @Test
  void takesTheOnlyCompletePrecision() throws Exception {
    Path folder = copy("hub-clip");
    Path graphs = folder.resolve("onnx");
    Files.move(graphs.resolve("text_model.onnx"), graphs.resolve("text_model_quantized.onnx"));
    Files.copy(graphs.resolve("vision_model.onnx"), graphs.resolve("vision_model_quantized.onnx"));
    assertEquals(
        Set.of("vision_model_quantized.onnx", "text_model_quantized.onnx", "tokenizer.json"),
        importFolder(folder, ImportOptions.none()).manifest().files().keySet());
  }

  @Test
  void weightsBesideTheGraphComeAlong() throws Exception {
    Path folder = copy("hub-clip");
    Files.write(
        folder.resolve("onnx/vision_model.onnx"),
        new OnnxWriter()
            .input("pixel_values", FLOAT, "b", 3, 32, 32)
            .external("weights", "vision_model.onnx_data", 3, 16)
            .node(
                "ReduceMean",
                of("pixel_values"),
                "means",
                attribute("axes", true, 2, 3),
                attribute("keepdims", false, 0))
            .node("MatMul", of("means", "weights"), "image_embeds")
            .output("image_embeds", FLOAT, "b", 16)
            .toBytes());
    ByteBuffer weights = ByteBuffer.allocate(4 * 3 * 16).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 3 * 16; i++) {
      weights.putFloat(i == 5 ? 2 : 0); // red goes to the sixth number, nothing anywhere else
    }
    Files.write(folder.resolve("onnx/vision_model.onnx_data"), weights.array());
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertTrue(bundle.manifest().files().containsKey("vision_model.onnx_data"));
    byte[] picture = Files.readAllBytes(FIXTURES.resolve("images/emoji-heart.png"));
    float[] vector = embed(bundle, InferenceInput.Image.of(picture));
    assertEquals(1, Math.abs(vector[5]), 1e-6);
  }

  @Test
  void aSnapshotOfTheHubsCacheHasTheModelsName() throws Exception {
    // the cache holds links to files that lie elsewhere
    Path snapshot =
        Files.createDirectories(
            temporary.resolve("models--Owner--Some-CLIP").resolve("snapshots").resolve("0a1b"));
    Path blobs = copy("hub-clip");
    Files.createDirectory(snapshot.resolve("onnx"));
    for (String name :
        List.of(
            "config.json",
            "preprocessor_config.json",
            "tokenizer.json",
            "onnx/vision_model.onnx",
            "onnx/text_model.onnx")) {
      Files.createSymbolicLink(snapshot.resolve(name), blobs.resolve(name));
    }
    Bundle bundle = importFolder(snapshot, ImportOptions.none());
    assertEquals("some-clip", bundle.manifest().id());
    assertTrue(Files.isSymbolicLink(bundle.file("vision_model.onnx")) == false);
  }

  @Test
  void othersMayReadWhatOnlyItsOwnerCouldRead() throws Exception {
    Path folder = copy("hub-clip");
    Path source = folder.resolve("onnx/text_model.onnx");
    Files.setPosixFilePermissions(source, PosixFilePermissions.fromString("rw-------"));
    Path reference = Files.writeString(temporary.resolve("reference"), "");
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEquals(
        Files.getPosixFilePermissions(reference),
        Files.getPosixFilePermissions(bundle.file("text_model.onnx")));
  }

  @Test
  void olderPreprocessorsSayTheSizeAsANumber() throws Exception {
    Path folder = copy("hub-clip");
    Path preprocessor = folder.resolve("preprocessor_config.json");
    set(preprocessor, "size", "32");
    set(preprocessor, "crop_size", "32");
    set(preprocessor, "rescale_factor", null);
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEqualsReference(bundle, "hub-clip.reference.json");
  }

  @Test
  void aPreprocessorThatDoesNotNormaliseHasMeanZeroAndDeviationOne() throws Exception {
    Path folder = copy("hub-clip");
    set(folder.resolve("preprocessor_config.json"), "do_normalize", "false");
    ImageSpec image = importFolder(folder, ImportOptions.none()).manifest().image();
    assertEquals(List.of(0f, 0f, 0f), image.mean());
    assertEquals(List.of(1f, 1f, 1f), image.std());
  }

  @Test
  void findsThePadTokenWhereverItStands() throws Exception {
    Path folder = copy("hub-siglip");
    Path config = folder.resolve("tokenizer_config.json");
    Files.writeString(config, "{\"pad_token\": \"heart\"}");
    assertEquals(idOf(folder, "heart"), padOf(folder, "one"));
    Files.delete(config);
    Files.writeString(
        folder.resolve("special_tokens_map.json"), "{\"pad_token\": {\"content\": \"cat\"}}");
    assertEquals(idOf(folder, "cat"), padOf(folder, "two"));
    Files.delete(folder.resolve("special_tokens_map.json"));
    set(
        folder.resolve("tokenizer.json"),
        "padding",
        """
        {"strategy": "BatchLongest", "direction": "Right", "pad_to_multiple_of": null,
         "pad_id": 4, "pad_type_id": 0, "pad_token": "[MASK]"}""");
    assertEquals(4, padOf(folder, "three"));
    set(folder.resolve("tokenizer.json"), "padding", null);
    set(folder.resolve("config.json"), "text_config.pad_token_id", "9");
    assertEquals(9, padOf(folder, "four"));
  }

  private int padOf(Path folder, String id) {
    return importFolder(folder, new ImportOptions(id, null, 1f, 0f, null))
        .manifest()
        .text()
        .padTokenId();
  }

  private static int idOf(Path folder, String token) throws Exception {
    return json(folder.resolve("tokenizer.json"))
        .getAsJsonObject("model")
        .getAsJsonObject("vocab")
        .get(token)
        .getAsInt();
  }
}
