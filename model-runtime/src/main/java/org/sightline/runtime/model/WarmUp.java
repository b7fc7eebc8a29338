package org.sightline.runtime.model;

import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
 * Runs each graph once with each batch size that doubles the one before, so that the first requests
 * do not wait for memory to be laid out and for kernels to be chosen: a GPU does both for each
 * shape. The caption decoder is left out; its shapes change with every token.
 */
final class WarmUp {
  /** A model that is slow for large batches on this machine starts without the largest ones. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final String TEXT = "a photo";

  private final NativeParts parts;
  private final TextStage texts;
  private final ImageStage images;
  private final int maxBatch;
  private final TimeHistogram unused = new TimeHistogram();

  /**
   * @param texts null where no role takes text
   * @param images null where no role takes pixels
   */
  WarmUp(NativeParts parts, TextStage texts, ImageStage images, int maxBatch) {
    this.parts = parts;
    this.texts = texts;
    this.images = images;
    this.maxBatch = maxBatch;
  }

  /**
   * Runs on the caller's thread. A graph that does not like what it is given stops the warm-up and
   * nothing else: requests bring other values.
   *
   * @return the largest batch that was run, 0 for none
   */
  int run() {
    long end = System.nanoTime() + PATIENCE.toNanos();
    int done = 0;
    try {
      for (int batch = 1; batch <= maxBatch && System.nanoTime() < end; batch *= 2) {
        run(batch);
        done = batch;
      }
    } catch (InferenceException e) {
      return done;
    }
    return done;
  }

  private void run(int batch) {
    once(Role.IMAGE_EMBEDDING, "embedding", batch, "pixels");
    once(Role.IMAGE_TOKENS, "tokens", batch, "pixels");
    once(Role.TEXT_EMBEDDING, "embedding", batch, "ids", "mask");
    once(Role.TEXT_FEATURES, "features", batch, "ids", "mask");
    once(Role.MATCHING, "logits", batch, "ids", "mask", "features", "tokens");
  }

  private void once(Role role, String output, int batch, String... inputs) {
    RoleGraph graph = parts.graph(role);
    if (graph == null || batch > graph.maxBatch()) {
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
    graph.run(values, output, batch, unused);
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
