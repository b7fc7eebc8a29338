package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sightline.cli.hub.HubFiles.names;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.web.HubServer;

/**
 * Models that are wrong in one way: each is refused with a message that names file and key,
 * whichever way it comes, and nothing of it stays.
 */
class BadModelTest extends InstallTestCase {
  private static final String MANIFEST = "model.json";

  BadModelTest() {
    super("o/bad");
  }

  /** Folders as the hub has them. */
  enum BadFolder {
    A_MISSING_KEY(
        "[config.json] [model_type] is missing",
        files -> json(files, "config.json", json -> json.remove("model_type"))),
    A_TOKENIZER_OF_ANOTHER_FAMILY(
        "[tokenizer.json] knows 181 tokens, the model 49408: it is the tokenizer of another model",
        files ->
            json(
                files,
                "config.json",
                json -> json.getAsJsonObject("text_config").remove("vocab_size"))),
    A_DEFAULT_THAT_DOES_NOT_FIT(
        "[config.json] [vision_config.image_size] must equal the size [224x224] of the"
            + " preprocessor, got [32]",
        files ->
            json(
                files,
                "preprocessor_config.json",
                json -> {
                  json.remove("size");
                  json.remove("crop_size");
                })),
    A_GRAPH_OF_ANOTHER_SIZE(
        "role [image_embedding]: the graph [vision_model.onnx] must have pixel_values"
            + " float [?,3,48,48]; it has inputs [pixel_values float [?,3,32,32]]",
        files -> {
          json(files, "config.json", json -> json.remove("vision_config"));
          json(
              files,
              "preprocessor_config.json",
              json -> {
                json.addProperty("size", 48);
                json.addProperty("crop_size", 48);
              });
        }),
    WEIGHTS_OUTSIDE(
        "the graph [onnx/text_model.onnx] keeps weights in [../weights], allowed are plain names",
        files -> {
          OnnxEdit.moveWeights(files, "onnx/text_model.onnx", "../weights");
          files.remove("onnx/../weights");
        }),
    AN_UNKNOWN_OPSET(
        "; it needs the operator sets [ai.onnx 99]",
        files ->
            files.computeIfPresent(
                "onnx/text_model.onnx", (name, model) -> OnnxEdit.opset(model, 99))),
    WEIGHTS_THAT_ARE_NO_NUMBERS(
        "the trial run failed at role [text_embedding], output [text_embeds] of the"
            + " graph [text_model.onnx]: the model gave a vector that cannot be normalised",
        files ->
            files.computeIfPresent(
                "onnx/text_model.onnx", (name, model) -> OnnxEdit.fillWeights(model, Float.NaN)));

    private final String message;
    private final Consumer<Map<String, byte[]>> change;

    BadFolder(String message, Consumer<Map<String, byte[]>> change) {
      this.message = message;
      this.change = change;
    }
  }

  /** Bundles whose manifest lists what is there, unless that is what is wrong. */
  enum BadBundle {
    AN_UNKNOWN_KEY(
        "[colour]", true, files -> json(files, MANIFEST, json -> json.addProperty("colour", 1))),
    A_MISSING_KEY(
        "[dimensions]", true, files -> json(files, MANIFEST, json -> json.remove("dimensions"))),
    A_GRAPH_OF_ANOTHER_SIZE(
        "role [image_embedding]: the graph [image.onnx] must have image_embedding float [?,17]",
        true,
        files -> json(files, MANIFEST, json -> json.addProperty("dimensions", 17))),
    ANOTHER_HASH(
        "[text.onnx] has the SHA-256 [",
        false,
        files -> files.get("text.onnx")[files.get("text.onnx").length / 2] ^= 1),
    WEIGHTS_OUTSIDE(
        "the graph [text.onnx] keeps weights in [../weights], allowed are the bundle's files",
        true,
        files -> {
          OnnxEdit.moveWeights(files, "text.onnx", "../weights");
          files.remove("../weights");
        }),
    AN_UNKNOWN_OPSET(
        "; it needs the operator sets [ai.onnx 99]",
        true,
        files -> files.computeIfPresent("text.onnx", (name, model) -> OnnxEdit.opset(model, 99))),
    WEIGHTS_THAT_ARE_NO_NUMBERS(
        "the trial run failed at role [image_embedding], output [image_embedding] of"
            + " the graph [image.onnx]: the model gave a vector that cannot be normalised",
        true,
        files ->
            files.computeIfPresent(
                "image.onnx",
                (name, model) -> OnnxEdit.fillWeights(model, Float.POSITIVE_INFINITY)));

    private final String message;
    private final boolean listed;
    private final Consumer<Map<String, byte[]>> change;

    BadBundle(String message, boolean listed, Consumer<Map<String, byte[]>> change) {
      this.message = message;
      this.listed = listed;
      this.change = change;
    }
  }

  private static void json(Map<String, byte[]> files, String name, Consumer<JsonObject> change) {
    JsonObject json =
        JsonParser.parseString(new String(files.get(name), StandardCharsets.UTF_8))
            .getAsJsonObject();
    change.accept(json);
    files.put(name, json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static Map<String, byte[]> read(String fixture) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    Path folder = FIXTURES.resolve(fixture);
    try (Stream<Path> found = Files.walk(folder)) {
      for (Path file : found.filter(Files::isRegularFile).toList()) {
        files.put(folder.relativize(file).toString(), Files.readAllBytes(file));
      }
    }
    return files;
  }

  private Path write(Map<String, byte[]> files) throws IOException {
    Path folder = temporary.resolve("bad");
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = folder.resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    return folder;
  }

  private void assertNothingStays(String message, Result result) {
    assertEquals(SightlineModels.FAILED, result.code(), result::toString);
    String last = result.err().substring(result.err().lastIndexOf("error: "));
    assertContains(message, last);
    assertEquals("", result.out());
    assertEquals(List.of(), names(models()));
    assertEquals(List.of(), names(downloads()));
    assertEquals(new Result(SightlineModels.OK, "", ""), run("list"));
  }

  @ParameterizedTest
  @EnumSource
  void aFolderIsRefusedByNameAndLeavesNothing(BadFolder bad) throws IOException {
    Map<String, byte[]> files = read("hub-clip");
    bad.change.accept(files);
    assertNothingStays(bad.message, run("import", write(files).toString()));
    try (HubServer hub = new HubServer("o/bad")) {
      hub.files.putAll(files);
      assertNothingStays(bad.message, run("install", "hf:o/bad", "--hub", hub.address()));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBundleIsRefusedByNameAndLeavesNothing(BadBundle bad) throws IOException {
    Map<String, byte[]> files = read("tiny-clip");
    bad.change.accept(files);
    if (bad.listed) {
      list(files);
    }
    assertNothingStays(bad.message, run("import", write(files).toString()));
    ZipWriter zip = new ZipWriter();
    files.forEach(zip::file);
    Path file = Files.write(temporary.resolve("bad.zip"), zip.toBytes());
    assertNothingStays(bad.message, run("install", file.toString()));
  }

  /** The manifest lists what the files are. */
  private static void list(Map<String, byte[]> files) {
    json(
        files,
        MANIFEST,
        manifest -> {
          JsonObject listed = new JsonObject();
          files.forEach(
              (name, content) -> {
                if (name.equals(MANIFEST) == false) {
                  JsonObject file = new JsonObject();
                  file.addProperty("sha256", Digest.sha256(content));
                  file.addProperty("bytes", content.length);
                  listed.add(name, file);
                }
              });
          manifest.add("files", listed);
        });
  }
}
