package org.sightline.runtime;

import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.INT64;
import static org.sightline.testsupport.onnx.OnnxWriter.attribute;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.onnx.OnnxWriter;

/**
 * A bundle whose graphs compute what can be said in a line, for the paths that the golden bundles
 * do not take. Pictures are 2 x 2 pixels in [0,1]; embeddings have 3 dimensions.
 *
 * <ul>
 *   <li>image embedding: the mean of each channel, and where there are two vectors an image, the
 *       second is twice the first (equal after normalising)
 *   <li>image tokens: the channels, {@code [3, 4]}
 *   <li>text embedding: {@code [n, n, n]}, n the sum of the ids
 *   <li>text features: the ids, {@code [t, 1]}
 *   <li>matching: {@code [sum of features under the mask, sum of tokens]}
 * </ul>
 */
final class WrittenBundle {
  private static final Path TOKENIZER = Path.of("src/test/fixtures/tiny-clip/tokenizer.json");

  private final Path folder;
  private final JsonObject manifest;

  private WrittenBundle(Path folder, JsonObject manifest) {
    this.folder = folder;
    this.manifest = manifest;
  }

  /** All roles but captions; features instead of ids in the matcher; three files. */
  static WrittenBundle matcher(Path parent, String id) throws IOException {
    WrittenBundle bundle = start(parent, id);
    bundle.file("image.onnx", imageEmbedding());
    bundle.file("tokens.onnx", imageTokens());
    bundle.file("text.onnx", textEmbedding());
    bundle.file("features.onnx", textFeatures());
    bundle.file("matching.onnx", matching());
    bundle.role("image_embedding", "image.onnx", "pixels", "embedding");
    bundle.role("image_tokens", "tokens.onnx", "pixels", "tokens");
    bundle.role("text_embedding", "text.onnx", "ids", "embedding");
    bundle.role("text_features", "features.onnx", "ids", "features");
    bundle.role("matching", "matching.onnx", "features", "logits");
    JsonObject inputs =
        bundle
            .manifest
            .getAsJsonObject("roles")
            .getAsJsonObject("matching")
            .getAsJsonObject("inputs");
    inputs.addProperty("tokens", "tokens");
    inputs.addProperty("mask", "mask");
    return bundle;
  }

  /** Only an image embedding with two vectors an image. */
  static WrittenBundle multiVector(Path parent, String id) throws IOException {
    WrittenBundle bundle = start(parent, id);
    bundle.manifest.addProperty("vectors_per_image", 2);
    bundle.file("image.onnx", twoImageEmbeddings());
    bundle.file("text.onnx", textEmbedding());
    bundle.role("image_embedding", "image.onnx", "pixels", "embedding");
    bundle.role("text_embedding", "text.onnx", "ids", "embedding");
    return bundle;
  }

  /** Only a text embedding, read from a table of ten rows: a larger id makes the run fail. */
  static WrittenBundle fragile(Path parent, String id) throws IOException {
    WrittenBundle bundle = start(parent, id);
    bundle.manifest.getAsJsonObject("text").addProperty("max_length", 4);
    bundle.file(
        "text.onnx",
        new OnnxWriter()
            .input("ids", INT64, "b", "t")
            .floats(
                "table",
                new long[] {10, 3},
                new float[] {
                  1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0,
                  1, 0, 0
                })
            .node("Gather", of("table", "ids"), "rows")
            .node(
                "ReduceMean",
                of("rows"),
                "embedding",
                attribute("axes", true, 1),
                attribute("keepdims", false, 0))
            .output("embedding", FLOAT, "b", 3));
    bundle.role("text_embedding", "text.onnx", "ids", "embedding");
    return bundle;
  }

  private static WrittenBundle start(Path parent, String id) throws IOException {
    JsonObject manifest =
        JsonParser.parseString(
                """
                {"format_version": 1, "family": "written", "description": "for tests",
                 "license": "Apache-2.0", "source": {"checkpoint": null, "sha256": null},
                 "dimensions": 3, "similarity": "cosine", "logit_scale": 1.0,
                 "image": {"width": 2, "height": 2, "resize": "squash",
                   "interpolation": "bilinear", "crop": "none", "mean": [0, 0, 0],
                   "std": [1, 1, 1], "transparency": "drop"},
                 "text": {"max_length": 8, "padding": "longest", "pad_token_id": 0,
                   "matching_first_token_id": null, "prompt": null},
                 "roles": {}, "files": {}}
                """)
            .getAsJsonObject();
    manifest.addProperty("id", id);
    WrittenBundle bundle = new WrittenBundle(Files.createDirectories(parent.resolve(id)), manifest);
    bundle.bytes("tokenizer.json", Files.readAllBytes(TOKENIZER));
    return bundle;
  }

  WrittenBundle file(String name, OnnxWriter graph) throws IOException {
    bytes(name, graph.toBytes());
    return this;
  }

  WrittenBundle role(String role, String file, String input, String output) {
    JsonObject spec = new JsonObject();
    spec.addProperty("file", file);
    JsonObject inputs = new JsonObject();
    inputs.addProperty(input, input);
    spec.add("inputs", inputs);
    JsonObject outputs = new JsonObject();
    outputs.addProperty(output, output);
    spec.add("outputs", outputs);
    manifest.getAsJsonObject("roles").add(role, spec);
    return this;
  }

  WrittenBundle change(Consumer<JsonObject> change) {
    change.accept(manifest);
    return this;
  }

  /** Writes the manifest; returns the folder in which the bundle lies. */
  Path write() throws IOException {
    Files.writeString(folder.resolve("model.json"), manifest.toString());
    return folder.getParent();
  }

  private void bytes(String name, byte[] bytes) throws IOException {
    Files.write(folder.resolve(name), bytes);
    JsonObject file = new JsonObject();
    file.addProperty("sha256", Digest.sha256(bytes));
    file.addProperty("bytes", bytes.length);
    manifest.getAsJsonObject("files").add(name, file);
  }

  static OnnxWriter imageEmbedding() {
    return new OnnxWriter()
        .input("pixels", FLOAT, "b", 3, 2, 2)
        .node(
            "ReduceMean",
            of("pixels"),
            "embedding",
            attribute("axes", true, 2, 3),
            attribute("keepdims", false, 0))
        .output("embedding", FLOAT, "b", 3);
  }

  /** The same, rounded to 8 bits by one scale for all pictures of a run. */
  static OnnxWriter roundedImageEmbedding() {
    return new OnnxWriter()
        .input("pixels", FLOAT, "b", 3, 2, 2)
        .node(
            "ReduceMean",
            of("pixels"),
            "mean",
            attribute("axes", true, 2, 3),
            attribute("keepdims", false, 0))
        .node("DynamicQuantizeLinear", of("mean"), of("rounded", "scale", "zero"))
        .node("DequantizeLinear", of("rounded", "scale", "zero"), "embedding")
        .output("embedding", FLOAT, "b", 3);
  }

  private static OnnxWriter twoImageEmbeddings() {
    return new OnnxWriter()
        .input("pixels", FLOAT, "b", 3, 2, 2)
        .node(
            "ReduceMean",
            of("pixels"),
            "mean",
            attribute("axes", true, 2, 3),
            attribute("keepdims", false, 0))
        .integers("axis", 1)
        .node("Unsqueeze", of("mean", "axis"), "first")
        .node("Add", of("first", "first"), "second")
        .node("Concat", of("first", "second"), "embedding", attribute("axis", false, 1))
        .output("embedding", FLOAT, "b", 2, 3);
  }

  static OnnxWriter imageTokens() {
    return new OnnxWriter()
        .input("pixels", FLOAT, "b", 3, 2, 2)
        .integers("shape", 0, 3, 4)
        .node("Reshape", of("pixels", "shape"), "tokens")
        .output("tokens", FLOAT, "b", 3, 4);
  }

  static OnnxWriter textEmbedding() {
    return new OnnxWriter()
        .input("ids", INT64, "b", "t")
        .node("Cast", of("ids"), "values", attribute("to", false, FLOAT))
        .integers("axis", 1)
        .node("ReduceSum", of("values", "axis"), "sum", attribute("keepdims", false, 1))
        .node("Concat", of("sum", "sum", "sum"), "embedding", attribute("axis", false, 1))
        .output("embedding", FLOAT, "b", 3);
  }

  private static OnnxWriter textFeatures() {
    return new OnnxWriter()
        .input("ids", INT64, "b", "t")
        .node("Cast", of("ids"), "values", attribute("to", false, FLOAT))
        .integers("axis", 2)
        .node("Unsqueeze", of("values", "axis"), "features")
        .output("features", FLOAT, "b", "t", 1);
  }

  private static OnnxWriter matching() {
    return new OnnxWriter()
        .input("features", FLOAT, "b", "t", 1)
        .input("mask", INT64, "b", "t")
        .input("tokens", FLOAT, "b", 3, 4)
        .integers("last", 2)
        .integers("rest", 1, 2)
        .integers("column", 1)
        .node("Cast", of("mask"), "weights", attribute("to", false, FLOAT))
        .node("Unsqueeze", of("weights", "last"), "weights3")
        .node("Mul", of("features", "weights3"), "masked")
        .node("ReduceSum", of("masked", "rest"), "text", attribute("keepdims", false, 0))
        .node("ReduceSum", of("tokens", "rest"), "image", attribute("keepdims", false, 0))
        .node("Unsqueeze", of("text", "column"), "text2")
        .node("Unsqueeze", of("image", "column"), "image2")
        .node("Concat", of("text2", "image2"), "logits", attribute("axis", false, 1))
        .output("logits", FLOAT, "b", 2);
  }
}
