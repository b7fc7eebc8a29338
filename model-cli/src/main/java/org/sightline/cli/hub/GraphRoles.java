package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
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
  private static final String MASK = "attention_mask";

  /**
   * Names of the inputs and outputs that the two graphs of a model have.
   *
   * @param pixels input of the graph that reads pixels
   * @param ids input of the graph that reads ids
   * @param mask what becomes of that graph's attention mask
   * @param imageOutput output that holds the embedding of an image
   * @param textOutput output that holds the embedding of a text
   */
  record Ports(String pixels, String ids, Mask mask, String imageOutput, String textOutput) {}

  /** What becomes of a second input of the text graph, the attention mask. */
  enum Mask {
    /** Such graphs have none. */
    NONE,
    /** It is filled where the graph has it. */
    OPTIONAL,
    /** It is refused: the model reads its padding. */
    REFUSED
  }

  /**
   * Opens both graphs and looks.
   *
   * @param folder in which they lie, weights beside them
   * @param otherwise length of an embedding where the graphs leave it open
   */
  static GraphRoles read(Path folder, GraphFiles files, Ports ports, IntSupplier otherwise) {
    Graph vision = open(folder, files.vision(), ports.imageOutput());
    vision.requireInputs(ports.pixels(), Set.of());
    Graph text = open(folder, files.text(), ports.textOutput());
    text.requireInputs(ports.ids(), ports.mask() == Mask.NONE ? Set.of() : Set.of(MASK));
    boolean masked = text.inputs().containsKey(MASK);
    if (masked && ports.mask() == Mask.REFUSED) {
      throw new BundleException(
          "the graph [%s] has an input [attention_mask]: SigLIP reads its padding, a mask would"
              + " hide it",
          files.text());
    }
    Map<Role, RoleSpec> roles = new EnumMap<>(Role.class);
    roles.put(
        Role.IMAGE_EMBEDDING,
        new RoleSpec(
            files.vision(),
            Map.of("pixels", ports.pixels()),
            Map.of("embedding", ports.imageOutput())));
    roles.put(
        Role.TEXT_EMBEDDING,
        new RoleSpec(
            files.text(),
            masked ? Map.of("ids", ports.ids(), "mask", MASK) : Map.of("ids", ports.ids()),
            Map.of("embedding", ports.textOutput())));
    return new GraphRoles(dimensions(vision, text, otherwise), roles);
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

    void requireInputs(String required, Set<String> optional) {
      Set<String> names = new TreeSet<>(inputs.keySet());
      if (names.contains(required) == false) {
        throw new BundleException(
            "the graph [%s] has no input [%s]; it has %s", name, required, names);
      }
      for (String input : names) {
        if (input.equals(required) == false && optional.contains(input) == false) {
          throw new BundleException(
              "the graph [%s] needs an input [%s] that nobody can fill; it has %s",
              name, input, names);
        }
      }
    }
  }
}
