package org.sightline.runtime.onnx;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.CaptionSpec;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.bundle.TextSpec;
import org.sightline.runtime.inference.Role;

/**
 * Compares what a manifest says of a role with what the graph contains: names, element types, ranks
 * and every size that is fixed. Afterwards no code needs to ask again.
 */
public final class GraphCheck {
  private static final String FLOATS = TensorSpec.FLOAT;
  private static final String INTEGERS = TensorSpec.INT64;

  /** Any size. */
  private static final long ANY = -1;

  /** The axis must be dynamic: it differs from run to run. */
  private static final long DYNAMIC = -2;

  /** The axis must have a size, whatever it is. */
  private static final long FIXED = -3;

  /** The axis is dynamic, or 1: such a graph is run once for each input. */
  private static final long BATCH = -4;

  private final BundleManifest manifest;
  private final Role role;
  private final RoleSpec spec;
  private final OnnxSession session;

  private GraphCheck(BundleManifest manifest, Role role, OnnxSession session) {
    this.manifest = manifest;
    this.role = role;
    this.spec = manifest.role(role).orElseThrow();
    this.session = session;
  }

  /**
   * Checks one role.
   *
   * @throws BundleException naming what does not fit and what the graph does contain
   */
  public static void check(BundleManifest manifest, Role role, OnnxSession session) {
    new GraphCheck(manifest, role, session).check();
  }

  /**
   * Checks that image tokens have the sizes that their reader takes.
   *
   * @param producer the graph of {@code image_tokens}
   * @param reader the graph of {@code matching} or {@code caption_decoder}
   */
  public static void checkTokens(
      BundleManifest manifest, OnnxSession producer, Role readerRole, OnnxSession reader) {
    String given = manifest.role(Role.IMAGE_TOKENS).orElseThrow().outputs().get("tokens");
    String taken = manifest.role(readerRole).orElseThrow().inputs().get("tokens");
    TensorSpec from = producer.outputs().get(given);
    TensorSpec to = reader.inputs().get(taken);
    for (int axis = 1; axis < 3; axis++) {
      long a = from.dims().get(axis);
      long b = to.dims().get(axis);
      if (a >= 0 && b >= 0 && a != b) {
        throw new BundleException(
            "role ["
                + readerRole.id()
                + "]: the graph ["
                + reader.name()
                + "] takes "
                + to
                + ", but [image_tokens] gives "
                + from);
      }
    }
  }

  private void check() {
    for (String name : session.inputs().keySet()) {
      if (!spec.inputs().containsValue(name)) {
        throw refuse("needs an input [" + name + "] that the manifest does not name");
      }
    }
    spec.inputs().forEach(this::checkInput);
    spec.outputs().forEach(this::checkOutput);
  }

  private void checkInput(String name, String inGraph) {
    TensorSpec tensor = find(session.inputs(), "input", inGraph);
    switch (name) {
      case "pixels" -> {
        ImageSpec image = manifest.image();
        expect(tensor, floats(tensor), BATCH, 3, image.height(), image.width());
      }
      case "ids", "mask" -> expectText(tensor);
      case "rows" -> expect(tensor, INTEGERS, DYNAMIC);
      case "features" -> expect(tensor, FLOATS, DYNAMIC, DYNAMIC, ANY);
      case "past" -> expect(tensor, FLOATS, DYNAMIC, FIXED, DYNAMIC, FIXED);
      default -> expect(tensor, FLOATS, DYNAMIC, ANY, ANY);
    }
  }

  /**
   * Ids and masks. A text graph that is run alone may have a fixed batch of one, and a fixed length
   * where every text is padded to that length.
   */
  private void expectText(TensorSpec tensor) {
    String type = tensor.type().equals(TensorSpec.INT32) ? TensorSpec.INT32 : INTEGERS;
    boolean alone = role == Role.TEXT_EMBEDDING || role == Role.TEXT_FEATURES;
    TextSpec text = manifest.text();
    boolean full = text.padding() == TextSpec.Padding.MAX_LENGTH && role != Role.CAPTION_DECODER;
    expect(tensor, type, alone ? BATCH : DYNAMIC, full ? text.maxLength() : DYNAMIC);
  }

  private void checkOutput(String name, String inGraph) {
    TensorSpec tensor = find(session.outputs(), "output", inGraph);
    int d = manifest.dimensions();
    switch (name) {
      case "embedding" -> {
        if (role == Role.IMAGE_EMBEDDING && manifest.vectorsPerImage() > 1) {
          expect(tensor, floats(tensor), ANY, manifest.vectorsPerImage(), d);
        } else {
          expect(tensor, floats(tensor), ANY, d);
        }
      }
      case "logits" -> {
        if (role == Role.MATCHING) {
          expect(tensor, FLOATS, ANY, 2);
        } else {
          expect(tensor, FLOATS, ANY, FIXED);
          checkSpecialTokens(tensor);
        }
      }
      case "present" -> expect(tensor, FLOATS, ANY, ANY, ANY, ANY);
      default -> expect(tensor, FLOATS, ANY, ANY, ANY);
    }
  }

  /** Pixels and embeddings may have half the bits: the session converts them. */
  private static String floats(TensorSpec tensor) {
    return tensor.type().equals(TensorSpec.FLOAT16) ? TensorSpec.FLOAT16 : FLOATS;
  }

  private void checkSpecialTokens(TensorSpec logits) {
    long vocabulary = logits.dims().get(1);
    CaptionSpec caption = manifest.caption();
    for (int id : new int[] {caption.firstTokenId(), caption.endTokenId()}) {
      if (id >= vocabulary) {
        throw refuse("knows " + vocabulary + " tokens, [caption] names the token " + id);
      }
    }
  }

  private TensorSpec find(Map<String, TensorSpec> tensors, String kind, String name) {
    TensorSpec tensor = tensors.get(name);
    if (tensor == null) {
      throw refuse("has no " + kind + " [" + name + "]");
    }
    return tensor;
  }

  /** A size that the graph leaves open fits every size but a vector's own length axis count. */
  private void expect(TensorSpec tensor, String type, long... sizes) {
    boolean fits = tensor.type().equals(type) && tensor.dims().size() == sizes.length;
    for (int axis = 0; fits && axis < sizes.length; axis++) {
      long actual = tensor.dims().get(axis);
      fits = fits(sizes[axis], actual);
    }
    if (!fits) {
      TensorSpec expected = new TensorSpec(tensor.name(), type, boxed(sizes));
      throw refuse("must have " + expected);
    }
  }

  private static boolean fits(long wanted, long actual) {
    if (actual < 0) {
      return wanted != FIXED;
    }
    return wanted == ANY || wanted == FIXED || wanted == actual || wanted == BATCH && actual == 1;
  }

  private static List<Long> boxed(long[] sizes) {
    return Arrays.stream(sizes).boxed().toList();
  }

  private BundleException refuse(String what) {
    return new BundleException(
        "role ["
            + role.id()
            + "]: the graph ["
            + session.name()
            + "] "
            + what
            + "; it has "
            + session.describe());
  }
}
