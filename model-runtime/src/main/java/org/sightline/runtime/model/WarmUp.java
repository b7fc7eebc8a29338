package org.sightline.runtime.model;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.sightline.runtime.batch.DirectBuffers;
import org.sightline.runtime.batch.ImageStage;
import org.sightline.runtime.batch.RoleGraph;
import org.sightline.runtime.batch.TextStage;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.TensorSpec;
import org.sightline.runtime.stats.TimeHistogram;

/**
 * Runs each graph once with each batch size that doubles the one before, up to the largest batch
 * that its queue forms, so that the first requests do not wait for memory to be laid out and for
 * kernels to be chosen: a GPU does both for each shape. A graph that serves two roles is run for
 * both at once. The caption decoder is left out; its shapes change with every token.
 */
final class WarmUp {
  /** A model that is slow on this machine starts without its largest batches. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String TEXT = "a photo";

  private final NativeParts parts;
  private final TextStage texts;
  private final ImageStage images;
  private final Map<Role, Integer> batches;
  private final BooleanSupplier goesOn;
  private final TimeHistogram unused = new TimeHistogram();

  /**
   * @param texts null where no role takes text
   * @param images null where no role takes pixels
   * @param batches largest batch of each role that has a queue
   * @param goesOn asked before each run
   */
  WarmUp(
      NativeParts parts,
      TextStage texts,
      ImageStage images,
      Map<Role, Integer> batches,
      BooleanSupplier goesOn) {
    this.parts = parts;
    this.texts = texts;
    this.images = images;
    this.batches = batches;
    this.goesOn = goesOn;
  }

  /** For ten seconds. */
  static BooleanSupplier patience() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    return () -> System.nanoTime() - end < 0;
  }

  /**
   * Runs on the caller's thread. A graph that does not like what it is given stops the warm-up and
   * nothing else: requests bring other values.
   *
   * @return number of runs
   */
  long run() {
    int largest = batches.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    try {
      for (int batch = 1; batch <= largest; batch *= 2) {
        run(batch);
      }
    } catch (InferenceException e) {
      // a request will say what is wrong
    }
    return unused.snapshot().count();
  }

  private void run(int batch) {
    RoleGraph embedding = parts.graph(Role.IMAGE_EMBEDDING);
    RoleGraph tokens = parts.graph(Role.IMAGE_TOKENS);
    boolean both = embedding != null && tokens != null && embedding.session() == tokens.session();
    once(Role.IMAGE_EMBEDDING, both ? tokens : null, "embedding", batch, "pixels");
    if (!both) {
      once(Role.IMAGE_TOKENS, null, "tokens", batch, "pixels");
    }
    once(Role.TEXT_EMBEDDING, null, "embedding", batch, "ids", "mask");
    once(Role.TEXT_FEATURES, null, "features", batch, "ids", "mask");
    once(Role.MATCHING, null, "logits", batch, "ids", "mask", "features", "tokens");
  }

  /**
   * @param other role that the same run serves, or null
   */
  private void once(Role role, RoleGraph other, String output, int batch, String... inputs) {
    RoleGraph graph = parts.graph(role);
    if (graph == null || batch > batches.getOrDefault(role, 0) || !goesOn.getAsBoolean()) {
      return;
    }
    Map<String, InputTensor> values = new HashMap<>();
    for (String input : inputs) {
      if (graph.takes(input)) {
        InputTensor value = value(graph, input, batch);
        if (value == null) {
          return; // the graph does not say how large it is
        }
        values.put(input, value);
      }
    }
    if (other == null) {
      graph.run(values, output, batch, unused);
    } else {
      graph.runBoth(values, other, batch, unused);
    }
  }

  private InputTensor value(RoleGraph graph, String input, int batch) {
    return switch (input) {
      case "pixels" -> zeros(batch, 3, images.height(), images.width());
      case "ids", "mask" -> text(input, batch);
      case "features" -> {
        TensorSpec spec = graph.input(input);
        yield zeros(batch, texts.width(List.of(texts.ids(TEXT).length)), spec.dims().get(2));
      }
      default -> {
        TensorSpec spec = graph.input(input);
        yield zeros(batch, spec.dims().get(1), spec.dims().get(2));
      }
    };
  }

  private InputTensor text(String input, int batch) {
    long[] ids = texts.ids(TEXT);
    List<Integer> lengths = Collections.nCopies(batch, ids.length);
    int width = texts.width(lengths);
    DirectBuffers buffers = new DirectBuffers();
    return input.equals("mask")
        ? texts.mask(lengths, width, buffers)
        : texts.ids(Collections.nCopies(batch, ids), width, buffers);
  }

  /** Null where a size is not known beforehand. */
  private static InputTensor zeros(long... shape) {
    long size = 1;
    for (long dim : shape) {
      if (dim < 1) {
        return null;
      }
      size = Math.multiplyExact(size, dim);
    }
    return new InputTensor.Floats(new DirectBuffers().floats(Math.toIntExact(size)), shape);
  }
}
