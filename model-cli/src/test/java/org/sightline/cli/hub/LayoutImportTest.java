package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.CleaningStep;
import org.sightline.runtime.bundle.TextSpec.Padding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Role;
import org.sightline.testsupport.cluster.Folders;

/** The layouts of publishers, each as it is published: they give what their models give. */
class LayoutImportTest extends HubTestCase {

  private Path folder(String name) throws Exception {
    return Files.createDirectories(temporary.resolve(name));
  }

  private static void copy(Path from, Path to) throws Exception {
    Files.createDirectories(to.getParent());
    Files.copy(from, to);
  }

  /** The graphs of {@code hub-clip} under other names. */
  private Path named(String vision, String text) throws Exception {
    Path folder = copy("hub-clip");
    Path graphs = folder.resolve("onnx");
    copy(graphs.resolve("vision_model.onnx"), folder.resolve("renamed").resolve(vision));
    copy(graphs.resolve("text_model.onnx"), folder.resolve("renamed").resolve(text));
    HubFiles.delete(graphs);
    Folders.copy(folder.resolve("renamed"), folder);
    HubFiles.delete(folder.resolve("renamed"));
    return folder;
  }

  /** As {@code optimum-cli export onnx} and transformers 5 write it. */
  @Test
  void oneGraphWithBothTowersIsCutInTwo() throws Exception {
    Path whole = FIXTURES.resolve("hub-both");
    Bundle bundle = importFolder(whole, ImportOptions.none());
    assertEqualsReference(bundle, "hub-both.reference.json");
    BundleManifest manifest = bundle.manifest();
    assertEquals(Set.of("vision.onnx", "text.onnx", "tokenizer.json"), manifest.files().keySet());
    assertEquals(CLIP_IMAGE, manifest.image());
    assertEquals("image_embeds", embedding(manifest, Role.IMAGE_EMBEDDING));
    assertEquals("text_embeds", embedding(manifest, Role.TEXT_EMBEDDING));
    long bytes = Files.size(whole.resolve("model.onnx"));
    long both =
        manifest.files().get("vision.onnx").bytes() + manifest.files().get("text.onnx").bytes();
    assertTrue(both < bytes, both + " of " + bytes);
  }

  private static String embedding(BundleManifest manifest, Role role) {
    return manifest.role(role).orElseThrow().outputs().get("embedding");
  }

  /** As in patrickjohncyh/fashion-clip. */
  @Test
  void configsMayLieBesideTheGraph() throws Exception {
    Path folder = folder("fashion-clip");
    Folders.copy(FIXTURES.resolve("hub-both"), folder.resolve("onnx"));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"clip\"}");
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEqualsReference(bundle, "hub-both.reference.json");
    assertEquals("fashion-clip", bundle.manifest().id());
  }

  /** Gemma's tokenizer keeps capitals, with which the model was never trained. */
  @Test
  void siglip2GivesWhatItsOwnTokenizerGives() throws Exception {
    Bundle bundle = importFolder(FIXTURES.resolve("hub-siglip2"), SIGLIP);
    assertEqualsReference(bundle, "hub-siglip2.reference.json");
    assertEquals(List.of(new CleaningStep.Lowercase(true)), bundle.manifest().text().cleaning());
    assertEquals(Padding.MAX_LENGTH, bundle.manifest().text().padding());
  }

  @ParameterizedTest
  @CsvSource({"GemmaTokenizerFast, true", "Siglip2Tokenizer, true", "SiglipTokenizer, false"})
  void siglip2IsKnownByItsTokenizer(String tokenizer, boolean lowers) throws Exception {
    Path folder = copy("hub-siglip");
    set(folder.resolve("tokenizer_config.json"), "tokenizer_class", "\"" + tokenizer + "\"");
    List<CleaningStep> cleaning =
        importFolder(folder, ImportOptions.none()).manifest().text().cleaning();
    assertEquals(lowers ? List.of(new CleaningStep.Lowercase(true)) : List.of(), cleaning);
  }

  /** Another model type, pictures prepared in OpenCLIP's words, texts without an end. */
  @Test
  void jinaClipFits() throws Exception {
    Bundle bundle = importFolder(FIXTURES.resolve("hub-jina-clip"), ImportOptions.none());
    assertEqualsReference(bundle, "hub-jina-clip.reference.json");
    BundleManifest manifest = bundle.manifest();
    assertEquals("jina_clip", manifest.family());
    assertEquals(0, manifest.logitScale());
    assertEquals(512, manifest.text().maxLength());
  }

  @Test
  void immichsSiglipGivesWhatOpenClipGives() throws Exception {
    Bundle bundle = importFolder(FIXTURES.resolve("hub-openclip-siglip"), SIGLIP);
    assertEqualsReference(bundle, "hub-openclip-siglip.reference.json");
    assertTrue(
        bundle.manifest().text().cleaning().contains(new CleaningStep.Canonicalize()),
        bundle.manifest()::toJson);
  }

  /** {@code visual} of one fixture, the rest of another. */
  private Path immich(String fixture) throws Exception {
    Path folder = copy(fixture);
    Folders.copy(FIXTURES.resolve("hub-openclip/visual"), folder.resolve("visual"));
    return folder;
  }

  @Test
  void immichsXlmRobertaGivesWhatOpenClipGives() throws Exception {
    Bundle bundle = importFolder(immich("hub-xlm-roberta"), ImportOptions.none());
    assertEqualsReference(bundle, "hub-xlm-roberta.reference.json");
    assertEquals(1, bundle.manifest().text().padTokenId());
    assertEquals(77, bundle.manifest().text().maxLength());
  }

  /** Of XLM-RoBERTa's kind; every text begins with the language that the tokenizer names. */
  @Test
  void immichsNllbReadsTextsOfItsFirstLanguage() throws Exception {
    Path folder = immich("hub-xlm-roberta");
    Map<String, String> names =
        Map.of(
            "textual/tokenizer.json", "\"<s>\" \"eng_Latn\"",
            "textual/tokenizer_config.json", "XLMRobertaTokenizer NllbTokenizer",
            "config.json", "xlm-roberta-base facebook/nllb-200-distilled-600M");
    for (Map.Entry<String, String> change : names.entrySet()) {
      Path file = folder.resolve(change.getKey());
      String[] words = change.getValue().split(" ");
      String text = Files.readString(file);
      assertTrue(text.contains(words[0]), text);
      Files.writeString(file, text.replace(words[0], words[1]));
    }
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEqualsReference(bundle, "hub-xlm-roberta.reference.json");
  }

  /** Its text graph takes ids and a mask, and texts as they come. */
  @Test
  void immichsMClipGivesWhatItsModelGives() throws Exception {
    Bundle bundle = importFolder(immich("hub-mclip"), ImportOptions.none());
    assertEqualsReference(bundle, "hub-mclip.reference.json");
    assertEquals(List.of(), bundle.manifest().text().cleaning());
    assertEquals(
        Set.of("ids", "mask"),
        bundle.manifest().role(Role.TEXT_EMBEDDING).orElseThrow().inputs().keySet());
  }

  /** As Marqo publishes them: graphs alone, inputs and outputs in half precision. */
  @Test
  void aSecondSourceHasTheConfigsThatGraphsLack() throws Exception {
    Path graphs = copy("hub-half");
    Path checkpoint = copy("hub-clip");
    HubFiles.delete(checkpoint.resolve("onnx"));
    Bundle bundle = importFolders(ImportOptions.none(), graphs, checkpoint);
    assertEqualsReference(bundle, "hub-clip.reference.json");
    assertEquals("hub-half", bundle.manifest().id());
    assertEquals(
        "[config.json] is missing; there are [onnx16-open_clip-tiny-textual.onnx,"
            + " onnx16-open_clip-tiny-visual.onnx]; a second source may have it, such as the"
            + " repository of the checkpoint",
        assertRefused(graphs));
  }

  private String assertRefused(Path... folders) {
    return assertThrows(
            BundleException.class,
            () -> importFolders(new ImportOptions("other", null, null, null, null), folders))
        .getMessage();
  }

  /** Scales that are found at run time are those of one input. */
  @Test
  void aQuantisedGraphGivesTheSameInEveryBatch() throws Exception {
    Path folder = copy("hub-clip");
    HubFiles.delete(folder.resolve("onnx"));
    Folders.copy(FIXTURES.resolve("hub-int8/onnx"), folder.resolve("onnx"));
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEqualsReference(bundle, "hub-int8.reference.json");
    List<InferenceInput> inputs = new ArrayList<>();
    JsonObject reference = json(FIXTURES.resolve("hub-int8.reference.json"));
    for (var each : reference.getAsJsonArray("texts")) {
      String text = each.getAsJsonObject().get("text").getAsString();
      if (InferenceInput.Text.isBlank(text) == false) {
        inputs.add(new InferenceInput.Text(text));
      }
    }
    for (var each : reference.getAsJsonArray("images")) {
      Path picture = FIXTURES.resolve(each.getAsJsonObject().get("file").getAsString());
      inputs.add(InferenceInput.Image.of(Files.readAllBytes(picture)));
    }
    List<float[]> together = embedAll(bundle, inputs);
    for (int i = 0; i < inputs.size(); i++) {
      assertArrayEquals(embed(bundle, inputs.get(i)), together.get(i), 1e-5f);
    }
  }

  /** As Qdrant publishes CLIP, in either order. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void twoFoldersWithATowerEach(boolean textFirst) throws Exception {
    Path vision = folder("clip-ViT-B-32-vision");
    Path text = folder("clip-ViT-B-32-text");
    Path whole = FIXTURES.resolve("hub-clip");
    JsonObject config = json(whole.resolve("config.json"));
    for (String tower : List.of("vision", "text")) {
      JsonObject own = config.getAsJsonObject(tower + "_config");
      own.addProperty("model_type", "clip_" + tower + "_model");
      own.addProperty("projection_dim", 16);
      Path folder = tower.equals("text") ? text : vision;
      Files.writeString(folder.resolve("config.json"), own.toString());
      copy(whole.resolve("onnx/" + tower + "_model.onnx"), folder.resolve("model.onnx"));
    }
    copy(whole.resolve("preprocessor_config.json"), vision.resolve("preprocessor_config.json"));
    copy(whole.resolve("tokenizer.json"), text.resolve("tokenizer.json"));
    Path[] folders = textFirst ? new Path[] {text, vision} : new Path[] {vision, text};
    Bundle bundle = importFolders(ImportOptions.none(), folders);
    assertEqualsReference(bundle, "hub-clip.reference.json");
    assertEquals("clip-vit-b-32", bundle.manifest().id());
    assertEquals("clip", bundle.manifest().family());
    assertEquals(100, bundle.manifest().logitScale());
  }

  /** As plhery publishes MobileCLIP 2: a model in each sub-folder, the tokenizer at the top. */
  @Test
  void aSubfolderHoldsOneOfSeveralModels() throws Exception {
    Path folder = copy("hub-clip");
    Path graphs = folder.resolve("onnx");
    for (String size : List.of("s0", "s2")) {
      for (String name : List.of("vision_model.onnx", "text_model.onnx")) {
        copy(graphs.resolve(name), graphs.resolve(size).resolve(name));
      }
      for (String name : List.of("config.json", "preprocessor_config.json")) {
        copy(folder.resolve(name), graphs.resolve(size).resolve(name));
      }
    }
    for (String name : List.of("config.json", "onnx/vision_model.onnx", "onnx/text_model.onnx")) {
      Files.delete(folder.resolve(name));
    }
    assertEquals(
        "the graphs lie in sub-folders: say which graphs with --subfolder, one of [onnx/s0,"
            + " onnx/s2]",
        refusal(folder));
    ImportOptions chosen =
        new ImportOptions(null, null, null, null, null, "onnx/s2", TextConstants.NONE);
    assertEqualsReference(importFolder(folder, chosen), "hub-clip.reference.json");
    ImportOptions wrong =
        new ImportOptions("other", null, null, null, null, "onnx/s9/", TextConstants.NONE);
    assertEquals(
        "[onnx/s9/] has no graphs: say which graphs with --subfolder, one of [onnx/s0, onnx/s2]",
        assertThrows(BundleException.class, () -> importFolder(folder, wrong)).getMessage());
  }

  @ParameterizedTest
  @CsvSource({
    "image/model.onnx, text/model.onnx",
    "visual.onnx, textual.onnx",
    "visual.onnx, text.onnx",
    "siglip_image.onnx, siglip_text.onnx",
    "onnx32-open_clip-ViT-B-32-openai-visual.onnx, onnx32-open_clip-ViT-B-32-openai-textual.onnx",
    "vision_encoder.onnx, text_encoder.onnx",
    "onnx/clip.vision.onnx, onnx/clip.text.onnx",
  })
  void smallPublishersHaveNamesOfTheirOwn(String vision, String text) throws Exception {
    Bundle bundle = importFolder(named(vision, text), ImportOptions.none());
    BundleManifest manifest = bundle.manifest();
    assertEquals(3, manifest.files().size(), manifest::toJson);
    byte[] picture = Files.readAllBytes(FIXTURES.resolve("images/emoji-heart.png"));
    JsonObject wanted =
        json(FIXTURES.resolve("hub-clip.reference.json"))
            .getAsJsonArray("images")
            .get(4)
            .getAsJsonObject();
    assertEquals("images/emoji-heart.png", wanted.get("file").getAsString());
    assertSame("picture", wanted, embed(bundle, InferenceInput.Image.of(picture)));
  }

  @Test
  void aModelTypeThatNobodyKnowsIsTakenWhereTheGraphsFit() throws Exception {
    Path folder = copy("hub-clip");
    set(folder.resolve("config.json"), "model_type", "\"mobileclip\"");
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEqualsReference(bundle, "hub-clip.reference.json");
    assertEquals("mobileclip", bundle.manifest().family());
    assertEquals(0, bundle.manifest().logitScale());
  }

  @Test
  void keysThatAreLeftOutHaveTransformersOwnDefaults() throws Exception {
    Path folder = copy("hub-clip");
    Path preprocessor = folder.resolve("preprocessor_config.json");
    for (String key : List.of("do_resize", "do_normalize", "resample", "image_mean", "image_std")) {
      set(preprocessor, key, null);
    }
    Bundle bundle = importFolder(folder, ImportOptions.none());
    assertEquals(CLIP_IMAGE, bundle.manifest().image());
    Path siglip = copy("hub-siglip");
    for (String key : List.of("resample", "image_mean", "image_std")) {
      set(siglip.resolve("preprocessor_config.json"), key, null);
    }
    var image = importFolder(siglip, ImportOptions.none()).manifest().image();
    assertEquals(List.of(0.5f, 0.5f, 0.5f), image.mean());
    assertEquals("BICUBIC", image.interpolation().name());
  }
}
