package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.OnnxSession;
import org.sightline.runtime.onnx.TensorSpec;

/**
 * What the graphs themselves say: their inputs and outputs by role, and the length of an embedding.
 *
 * @param dimensions length of an embedding
 * @param roles image and text embedding
 */
record GraphRoles(int dimensions, Map<Role, RoleSpec> roles) {
  private static final String PIXELS = "pixel_values";
  private static final String IDS = "input_ids";
  private static final String MASK = "attention_mask";
  private static final String OPENCLIP_PIXELS = "image";
  private static final String OPENCLIP_IDS = "text";
  private static final String OPENCLIP_OUTPUT = "embedding";

  /**
   * Opens both graphs and looks.
   *
   * @param folder in which they lie, weights beside them
   * @param model {@code config.json}, for the length where the graphs leave it open
   */
  static GraphRoles read(Family family, Path folder, GraphFiles files, HubJson model) {
    Graph vision = open(folder, files.vision(), family.imageOutput());
    vision.requireInputs(List.of(PIXELS), List.of());
    Graph text = open(folder, files.text(), family.textOutput());
    text.requireInputs(List.of(IDS), List.of(MASK));
    boolean masked = text.inputs().containsKey(MASK);
    if (masked && family.readsPadding()) {
      throw new BundleException(
          "the graph [%s] has an input [attention_mask]: SigLIP reads its padding, a mask"
              + " would hide it",
          files.text());
    }
    Map<Role, RoleSpec> roles = new EnumMap<>(Role.class);
    roles.put(
        Role.IMAGE_EMBEDDING,
        new RoleSpec(
            files.vision(), Map.of("pixels", PIXELS), Map.of("embedding", family.imageOutput())));
    roles.put(
        Role.TEXT_EMBEDDING,
        new RoleSpec(
            files.text(),
            masked ? Map.of("ids", IDS, "mask", MASK) : Map.of("ids", IDS),
            Map.of("embedding", family.textOutput())));
    return new GraphRoles(dimensions(vision, text, () -> family.dimensions(model)), roles);
  }

  /**
   * The same for graphs that were exported from OpenCLIP: one input, one output.
   *
   * @param model OpenCLIP's {@code config.json}, likewise
   */
  static GraphRoles readOpenClip(Path folder, GraphFiles files, HubJson model) {
    Graph vision = open(folder, files.vision(), OPENCLIP_OUTPUT);
    vision.requireInputs(List.of(OPENCLIP_PIXELS), List.of());
    Graph text = open(folder, files.text(), OPENCLIP_OUTPUT);
    text.requireInputs(List.of(OPENCLIP_IDS), List.of());
    Map<String, String> output = Map.of("embedding", OPENCLIP_OUTPUT);
    Map<Role, RoleSpec> roles = new EnumMap<>(Role.class);
    roles.put(
        Role.IMAGE_EMBEDDING,
        new RoleSpec(files.vision(), Map.of("pixels", OPENCLIP_PIXELS), output));
    roles.put(Role.TEXT_EMBEDDING, new RoleSpec(files.text(), Map.of("ids", OPENCLIP_IDS), output));
    return new GraphRoles(
        dimensions(vision, text, () -> model.integer("embed_dim", 1, 4096)), roles);
  }

  private static int dimensions(Graph vision, Graph text, IntSupplier otherwise) {
    long ofImages = vision.length();
    long ofTexts = text.length();
    if (ofImages >= 0 && ofTexts >= 0 && ofImages != ofTexts) {
      throw new BundleException(
          "the graphs do not fit each other: [%s] gives %s numbers, [%s] %s",
          vision.name(), ofImages, text.name(), ofTexts);
    }
    long known = Math.max(ofImages, ofTexts);
    return known >= 0 ? Math.toIntExact(known) : otherwise.getAsInt();
  }

  private static Graph open(Path folder, String name, String output) {
    OnnxSession session = OnnxSession.open(folder.resolve(name), 1, Device.CPU);
    try {
      TensorSpec embedding = session.outputs().get(output);
      if (embedding == null) {
        throw new BundleException(
            "the graph [%s] has no output [%s]; it has %s",
            name, output, new TreeSet<>(session.outputs().keySet()));
      }
      return new Graph(name, session.inputs(), embedding);
    } finally {
      session.decRef();
    }
  }

  /** What is known of a graph that is closed again. */
  private record Graph(String name, Map<String, TensorSpec> inputs, TensorSpec embedding) {

    /** Length of the last axis, -1 where the graph leaves it open. */
    long length() {
      return embedding.dims().isEmpty() ? -1 : embedding.dims().getLast();
    }

    void requireInputs(List<String> required, List<String> optional) {
      for (String input : required) {
        if (inputs.containsKey(input) == false) {
          throw refuse("has no input [" + input + "]");
        }
      }
      for (String input : new TreeSet<>(inputs.keySet())) {
        if (required.contains(input) == false && optional.contains(input) == false) {
          throw refuse("needs an input [" + input + "] that nobody can fill");
        }
      }
    }

    private BundleException refuse(String what) {
      return new BundleException(
          "the graph [%s] %s; it has %s", name, what, new TreeSet<>(inputs.keySet()));
    }
  }
}
