package org.sightline.runtime.batch;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.OutputTensor;
import org.sightline.runtime.stats.TimeHistogram;

/**
 * Runs texts through the graph of {@code text_embedding} or {@code text_features}. Thread-safe.
 *
 * @param <T> what a text becomes
 */
public final class TextRunner<T> implements Consumer<List<TextJob<T>>> {
  private final RoleGraph graph;
  private final String output;
  private final TextStage stage;
  private final Reading<T> reading;
  private final TimeHistogram time;
  private final BufferPool pool = new BufferPool();

  /** Turns what the graph gave for one text into what callers want. */
  public interface Reading<T> {
    T read(OutputTensor output, int index, int tokens);
  }

  public TextRunner(
      RoleGraph graph, String output, TextStage stage, Reading<T> reading, TimeHistogram time) {
    this.graph = graph;
    this.output = output;
    this.stage = stage;
    this.reading = reading;
    this.time = time;
  }

  @Override
  public void accept(List<TextJob<T>> batch) {
    pool.lend(buffers -> run(batch, buffers.texts()));
  }

  private void run(List<TextJob<T>> batch, DirectBuffers buffers) {
    List<long[]> texts = batch.stream().map(TextJob::ids).toList();
    List<Integer> lengths = texts.stream().map(ids -> ids.length).toList();
    int width = stage.width(lengths);
    Map<String, InputTensor> inputs =
        Map.of(
            "ids", stage.ids(texts, width, buffers), "mask", stage.mask(lengths, width, buffers));
    OutputTensor result = graph.run(inputs, output, batch.size(), time);
    for (int i = 0; i < batch.size(); i++) {
      try {
        batch.get(i).succeed(reading.read(result, i, lengths.get(i)));
      } catch (InferenceException e) {
        batch.get(i).fail(e);
      }
    }
  }

  /** The first rows of an item: what the graph gave for padding is left out. */
  public static TextFeatures features(OutputTensor output, int index, int tokens) {
    int hidden = Math.toIntExact(output.shape()[2]);
    float[] rows = output.item(index);
    return new TextFeatures(Arrays.copyOf(rows, tokens * hidden), tokens, hidden);
  }
}
