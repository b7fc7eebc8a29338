package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.sightline.cli.hub.HubFiles.names;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.CleaningStep;
import org.sightline.runtime.bundle.TextSpec.Padding;
import org.sightline.testsupport.web.HubServer;

/** Models of the catalogue, each in the layout of its publisher, from a hub of the tests. */
class CatalogInstallTest extends InstallTestCase {
  private static final String SIGLIP2 = "onnx-community/siglip2-base-patch16-224-ONNX";
  private static final String PINNED = "ba1f3b0843f24bc5417d38e19c37b287d719b2f4";

  CatalogInstallTest() {
    super("some/other");
    environment.put("HF_ENDPOINT", hub.address());
  }

  private Map<String, byte[]> repository(String name, String fixture) throws IOException {
    Map<String, byte[]> files = hub.repository(name);
    HubServer.put(FIXTURES.resolve(fixture), "", files);
    return files;
  }

  private BundleManifest manifest(String id) throws IOException {
    return BundleManifest.parse(Files.readString(models().resolve(id).resolve("model.json")));
  }

  /** Xenova's: two graphs in {@code onnx}, in several precisions. */
  @ParameterizedTest
  @CsvSource({
    "clip-vit-b-32, Xenova/clip-vit-base-patch32",
    "clip-vit-b-16, Xenova/clip-vit-base-patch16",
    "clip-vit-l-14, Xenova/clip-vit-large-patch14"
  })
  void clip(String id, String name) throws IOException {
    Map<String, byte[]> files = repository(name, "hub-clip");
    files.put("onnx/vision_model_fp16.onnx", new byte[9]);
    files.put("onnx/text_model_fp16.onnx", new byte[9]);
    files.put("onnx/model.onnx", new byte[9]);
    assertInstalled(run("install", id), id);
    BundleManifest manifest = manifest(id);
    assertEquals("MIT", manifest.license());
    assertEquals(100, manifest.logitScale());
    assertEquals("hf:" + name + "@" + HubServer.COMMIT, manifest.sourceCheckpoint());
  }

  /** onnx-community's, at the commit that the catalogue pins, with constants it knows. */
  @Test
  void siglip2() throws IOException {
    repository(SIGLIP2, "hub-siglip2");
    assertRefused(
        "the repository [" + SIGLIP2 + "] has no revision [" + PINNED + "]",
        run("install", "siglip2-base"));
    hub.revisions.add(PINNED);
    assertInstalled(run("install", "siglip2-base"), "siglip2-base");
    BundleManifest manifest = manifest("siglip2-base");
    assertEquals(112.67f, manifest.logitScale());
    assertEquals(-16.771725f, manifest.logitBias());
    assertEquals(List.of(new CleaningStep.Lowercase(true)), manifest.text().cleaning());
  }

  /** Where nobody knows the learned scale, the model finds but does not classify. */
  @Test
  void siglip2WithoutAScale() throws IOException {
    repository("onnx-community/siglip2-base-patch16-384-ONNX", "hub-siglip2");
    Result result = run("install", "siglip2-base-384");
    assertInstalled(result, "siglip2-base-384");
    assertContains("It cannot classify: import it again with --logit-scale", result.out());
    assertEquals(0, manifest("siglip2-base-384").logitScale());
  }

  /** Immich's: OpenCLIP's configs, a tokenizer of HuggingFace's. */
  @Test
  void xlmRoberta() throws IOException {
    Map<String, byte[]> files =
        repository("immich-app/XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k", "hub-xlm-roberta");
    HubServer.put(FIXTURES.resolve("hub-openclip/visual"), "visual/", files);
    hub.revisions.add("111f6ddca817bb6cd8343c3e3dc5ce39d9ba54b0");
    assertInstalled(run("install", "xlm-roberta-vit-b-32"), "xlm-roberta-vit-b-32");
    assertEquals("openclip", manifest("xlm-roberta-vit-b-32").family());
  }

  /** A licence to accept, a sub-folder of several, texts that are filled up with zeros. */
  @Test
  void mobileClip() throws IOException {
    Map<String, byte[]> files = hub.repository("plhery/mobileclip2-onnx");
    Map<String, byte[]> clip = new TreeMap<>();
    HubServer.put(FIXTURES.resolve("hub-clip"), "", clip);
    for (String name : List.of("config.json", "preprocessor_config.json")) {
      files.put("onnx/s2/" + name, clip.get(name));
    }
    for (String name : List.of("vision_model.onnx", "text_model.onnx")) {
      files.put("onnx/s2/" + name, clip.get("onnx/" + name));
      files.put("onnx/s0/" + name, new byte[9]);
      files.put("onnx/" + name, new byte[9]);
    }
    files.put("tokenizer.json", clip.get("tokenizer.json"));
    hub.revisions.add("ba95759a5bdbaca53e9111e2550a76ec09c8fd9e");
    String terms =
        "the licence of [mobileclip2-s2], [apple-amlr], forbids commercial use: read it, and give"
            + " --accept-license apple-amlr if you accept it";
    assertRefused(terms, run("install", "mobileclip2-s2"));
    assertRefused(terms, run("install", "mobileclip2-s2", "--accept-license", "MIT"));
    assertRefused(terms, run("install", "hf:plhery/mobileclip2-onnx", "--subfolder", "onnx/s2"));
    assertRefused(terms, run("install", "hf:plhery/mobileclip2-onnx", "--subfolder", "onnx/s0"));
    assertRefused(terms, run("install", "hf:plhery/mobileclip2-onnx"));
    assertEquals(List.of(), hub.requests);
    assertInstalled(
        run("install", "mobileclip2-s2", "--accept-license", "apple-amlr"), "mobileclip2-s2");
    BundleManifest manifest = manifest("mobileclip2-s2");
    assertEquals(Padding.MAX_LENGTH, manifest.text().padding());
    assertEquals(0, manifest.text().padTokenId());
    assertEquals("apple-amlr", manifest.license());
    String byAddress = "hf:plhery/mobileclip2-onnx";
    assertDone(run("install", byAddress, "--accept-license", "apple-amlr", "--id", "mobile"));
    assertEquals(manifest.text(), manifest("mobile").text());
  }

  @Test
  void jinaClip() throws IOException {
    repository("jinaai/jina-clip-v1", "hub-jina-clip");
    assertInstalled(run("install", "jina-clip-v1"), "jina-clip-v1");
    assertEquals("jina_clip", manifest("jina-clip-v1").family());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "blip-itm-base-coco",
        "blip-itm-large-coco",
        "blip2-itm-vit-g",
        "blip-image-captioning-base"
      })
  void whatNobodyPublishesSaysHowItIsMade(String id) {
    assertRefused(
        "nobody publishes ["
            + id
            + "] as ONNX: make it on a machine with Python, with [sightline-export Salesforce/"
            + id
            + "], then push the bundle",
        run("install", id));
  }

  /** Who names the repository gets the same constants, and is told. */
  @Test
  void theAddressOfAModelIsKnown() throws IOException {
    repository(SIGLIP2, "hub-siglip2");
    Result result =
        run(
            "install",
            "hf:" + SIGLIP2,
            "--license",
            "mine",
            "--logit-scale",
            "7",
            "--logit-bias",
            "-3");
    assertInstalled(result, "siglip2-base-patch16-224-onnx");
    assertStarts("what the catalogue knows of [siglip2-base] is used\n", result.err());
    BundleManifest manifest = manifest("siglip2-base-patch16-224-onnx");
    assertEquals("mine", manifest.license());
    assertEquals(7, manifest.logitScale());
    assertEquals(-3, manifest.logitBias());
  }

  @Test
  void optionsOfTheUserComeFirst() throws IOException {
    repository("Xenova/clip-vit-base-patch32", "hub-clip");
    assertInstalled(run("install", "clip-vit-b-32", "--id", "ours", "--logit-scale", "20"), "ours");
    assertEquals(20, manifest("ours").logitScale());
  }

  /** An entry of the user's own, with a tower in each of two repositories, as Qdrant has them. */
  @Test
  void twoRepositoriesWithATowerEach() throws IOException {
    Map<String, byte[]> clip = new TreeMap<>();
    HubServer.put(FIXTURES.resolve("hub-clip"), "", clip);
    Map<String, byte[]> vision = hub.repository("we/clip-vision");
    Map<String, byte[]> text = hub.repository("we/clip-text");
    vision.put("config.json", clip.get("config.json"));
    vision.put("preprocessor_config.json", clip.get("preprocessor_config.json"));
    vision.put("model.onnx", clip.get("onnx/vision_model.onnx"));
    text.put("config.json", clip.get("config.json"));
    text.put("tokenizer.json", clip.get("tokenizer.json"));
    text.put("model.onnx", clip.get("onnx/text_model.onnx"));
    OnnxEdit.moveWeights(vision, "model.onnx", "model.onnx.data");
    OnnxEdit.moveWeights(text, "model.onnx", "model.onnx.data");
    String file =
        Files.writeString(
                temporary.resolve("mine.json"),
                """
                {"format_version": 1, "models": [
                  {"id": "mine", "task": "search", "purpose": "Ours.", "license": "MIT",
                   "sources": ["hf:we/clip-vision", "hf:we/clip-text"]}]}""")
            .toString();
    assertInstalled(run("install", "mine", "--catalog", file), "mine");
    BundleManifest manifest = manifest("mine");
    assertEquals(
        "hf:we/clip-vision@" + HubServer.COMMIT + " hf:we/clip-text@" + HubServer.COMMIT,
        manifest.sourceCheckpoint());
    assertEquals(
        List.of(
            "model.onnx.data",
            "text-model.onnx.data",
            "text.onnx",
            "tokenizer.json",
            "vision.onnx"),
        List.copyOf(manifest.files().keySet()));
    assertRefused2(
        "the hub has no repository [we/clip-words]",
        run("install", "hf:we/clip-vision", "hf:we/clip-words", "--id", "other"));
    assertRefused2(
        "[tokenizer.json] is missing; there are [config.json, model.onnx, model.onnx.data,"
            + " preprocessor_config.json]; a second source may have it, such as the repository of"
            + " the checkpoint",
        run("install", "hf:we/clip-vision", "--id", "other"));
    hub.files.put("tokenizer.json", clip.get("tokenizer.json"));
    assertRefused2(
        "the graph [model.onnx] has no output that depends on a text alone; it has [image_embeds of"
            + " [pixel_values]]; if it holds one tower, name the source of the other one as well",
        run("install", "hf:we/clip-vision", "hf:some/other", "--id", "other"));
    assertRefused2(
        "two sources must be repositories (hf:owner/name), got [http://x/y.zip]",
        run("install", "hf:we/clip-vision", "http://x/y.zip", "--id", "other"));
  }

  /** Refused beside a model that is there already. */
  private void assertRefused2(String message, Result result) {
    assertFailed(message, result);
    assertEquals(List.of("mine"), names(models()));
    assertEquals(List.of(), names(downloads()));
  }

  @Test
  void aGatedRepositoryAndAFullDiskLeaveNothing() throws IOException {
    repository("jinaai/jina-clip-v1", "hub-jina-clip");
    hub.next("", HubServer.status(401));
    Result gated = run("install", "jina-clip-v1");
    assertEquals(SightlineModels.FAILED, gated.code());
    assertContains("[jinaai/jina-clip-v1] does not exist, is private or is gated", gated.err());
    assertFalse(Files.exists(models().resolve("jina-clip-v1")));
    hub.next("onnx/text_model.onnx", HubServer.answer(200, 1L << 60, new byte[9], "ETag", "\"x\""));
    hub.hideLinks = true;
    Result full = run("install", "jina-clip-v1", "--max-bytes", "" + Long.MAX_VALUE);
    assertEquals(SightlineModels.FAILED, full.code());
    assertContains(" free", full.err());
    assertEquals(List.of(), names(models()));
  }
}
