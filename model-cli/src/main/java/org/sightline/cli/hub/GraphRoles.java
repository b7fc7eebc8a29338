package org.sightline.cli.hub;

import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.IntSupplier;
import java.util.function.Predicate;
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
 * @param masked whether the text graph takes a mask
 * @param textLength tokens that the text graph takes, 0 where it takes any number
 */
record GraphRoles(int dimensions, Map<Role, RoleSpec> roles, boolean masked, int textLength) {
  private static final List<String> PIXELS = List.of("pixel_values", "image", "images", "pixels");
  private static final List<String> IDS = List.of("input_ids", "text", "ids", "tokens");
  private static final List<String> MASKS = List.of("attention_mask", "mask", "text_mask");

  /** Axes of pixels, of ids and of embeddings. */
  private static final int OF_PIXELS = 4;

  private static final int OF_IDS = 2;
  private static final int OF_EMBEDDINGS = 2;

  /**
   * Opens both graphs and looks.
   *
   * @param folder in which they lie, weights beside them
   * @param otherwise length of an embedding where the graphs leave it open
   */
  static GraphRoles read(Path folder, GraphFiles files, ModelType type, IntSupplier otherwise) {
    Graph vision = open(folder, files.vision());
    String pixels = vision.input("pixels", PIXELS, GraphRoles::isPixels);
    vision.requireNoOther(Set.of(pixels));
    TensorSpec image = vision.embedding(type.outputs("image"));
    Graph text = open(folder, files.text());
    String ids = text.input("ids", IDS, GraphRoles::isIds);
    String mask = MASKS.stream().filter(text.inputs()::containsKey).findFirst().orElse(null);
    text.requireNoOther(mask == null ? Set.of(ids) : Set.of(ids, mask));
    if (mask != null && type.siglip()) {
      throw new BundleException(
          "the graph [%s] has an input [%s]: SigLIP reads its padding, a mask would hide it",
          files.text(), mask);
    }
    TensorSpec words = text.embedding(type.outputs("text"));
    Map<Role, RoleSpec> roles = new EnumMap<>(Role.class);
    roles.put(
        Role.IMAGE_EMBEDDING,
        new RoleSpec(files.vision(), Map.of("pixels", pixels), Map.of("embedding", image.name())));
    roles.put(
        Role.TEXT_EMBEDDING,
        new RoleSpec(
            files.text(),
            mask == null ? Map.of("ids", ids) : Map.of("ids", ids, "mask", mask),
            Map.of("embedding", words.name())));
    return new GraphRoles(
        dimensions(vision, length(image), text, length(words), otherwise),
        roles,
        mask != null,
        length(text.inputs().get(ids)) > 0 ? (int) length(text.inputs().get(ids)) : 0);
  }

  private static int dimensions(
      Graph vision, long ofImages, Graph text, long ofTexts, IntSupplier otherwise) {
    if (ofImages >= 0 && ofTexts >= 0 && ofImages != ofTexts) {
      throw new BundleException(
          "the graphs do not fit each other: [%s] gives %s numbers, [%s] %s",
          vision.name(), ofImages, text.name(), ofTexts);
    }
    long known = Math.max(ofImages, ofTexts);
    return known >= 0 ? Math.toIntExact(known) : otherwise.getAsInt();
  }

  /** Length of the last axis, -1 where the graph leaves it open. */
  private static long length(TensorSpec tensor) {
    return tensor.dims().isEmpty() ? -1 : tensor.dims().getLast();
  }

  /** Whether an input takes pictures, as far as can be seen. */
  static boolean isPixels(TensorSpec tensor) {
    return tensor.dims().size() == OF_PIXELS && isFloat(tensor);
  }

  private static boolean isIds(TensorSpec tensor) {
    return tensor.dims().size() == OF_IDS && tensor.type().startsWith("int");
  }

  private static boolean isFloat(TensorSpec tensor) {
    return tensor.type().startsWith("float");
  }

  private static Graph open(Path folder, String name) {
    OnnxSession session = OnnxSession.open(folder.resolve(name), 1, Device.CPU);
    try {
      return new Graph(name, session.inputs(), session.outputs());
    } finally {
      session.decRef();
    }
  }

  /** What is known of a graph that is closed again. */
  private record Graph(
      String name, Map<String, TensorSpec> inputs, Map<String, TensorSpec> outputs) {

    /** The input of a usual name, otherwise the only one that can be it. */
    String input(String what, List<String> usual, Predicate<TensorSpec> fits) {
      for (String known : usual) {
        if (inputs.containsKey(known)) {
          return known;
        }
      }
      List<TensorSpec> fitting = inputs.values().stream().filter(fits).toList();
      if (fitting.size() != 1) {
        throw new BundleException(
            "the graph [%s] has no input of %s, such as [%s]; it has %s",
            name, what, usual.get(0), new TreeSet<>(inputs.keySet()));
      }
      return fitting.get(0).name();
    }

    void requireNoOther(Set<String> filled) {
      for (String input : new TreeSet<>(inputs.keySet())) {
        if (filled.contains(input) == false) {
          throw new BundleException(
              "the graph [%s] needs an input [%s] that nobody can fill; it has %s",
              name, input, new TreeSet<>(inputs.keySet()));
        }
      }
    }

    /** The output of a usual name, otherwise the only one that can be an embedding. */
    TensorSpec embedding(List<String> usual) {
      for (String known : usual) {
        if (outputs.containsKey(known)) {
          return outputs.get(known);
        }
      }
      List<TensorSpec> fitting = outputs.values().stream().filter(Graph::mayBeEmbedding).toList();
      if (fitting.size() == 1) {
        return fitting.get(0);
      }
      throw new BundleException(
          "the graph [%s] has %s output that could be the embedding, such as [%s]; it has %s",
          name,
          fitting.isEmpty() ? "no" : "more than one",
          usual.get(0),
          new TreeSet<>(outputs.values().stream().map(TensorSpec::toString).toList()));
    }

    /** The pooled state of a tower is no embedding yet: it has not been projected. */
    private static boolean mayBeEmbedding(TensorSpec output) {
      return output.dims().size() == OF_EMBEDDINGS
          && isFloat(output)
          && output.name().startsWith("pooler") == false
          && output.name().startsWith("logits") == false;
    }
  }
}
