package org.sightline.runtime.batch;

import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.OutputTensor;
import org.sightline.runtime.stats.TimeHistogram;

/** Runs pairs of text and image through the graph of {@code matching}. Thread-safe. */
public final class PairRunner implements Consumer<List<PairJob>> {
  private final RoleGraph graph;
  private final TextStage stage;
  private final TimeHistogram time;
  private final BufferPool pool = new BufferPool();

  public PairRunner(RoleGraph graph, TextStage stage, TimeHistogram time) {
    this.graph = graph;
    this.stage = stage;
    this.time = time;
  }

  @Override
  public void accept(List<PairJob> batch) {
    batch.forEach(PairJob::started);
    pool.lend(buffers -> run(batch, buffers));
  }

  private void run(List<PairJob> batch, BufferPool.Buffers buffers) {
    List<MatchText> sides = batch.stream().map(PairJob::text).toList();
    List<Integer> lengths = sides.stream().map(MatchText::tokens).toList();
    int width = stage.width(lengths);
    Map<String, InputTensor> inputs = new HashMap<>();
    inputs.put("tokens", tokens(batch, buffers.images()));
    inputs.put("mask", stage.mask(lengths, width, buffers.texts()));
    if (graph.takes("features")) {
      inputs.put("features", features(sides, width, buffers.texts()));
    } else {
      List<long[]> ids = sides.stream().map(side -> side.ids().get()).toList();
      inputs.put("ids", stage.ids(ids, width, buffers.texts()));
    }
    OutputTensor logits = graph.run(inputs, "logits", batch.size(), time);
    for (int i = 0; i < batch.size(); i++) {
      PairJob job = batch.get(i);
      try {
        job.succeed(score(logits.item(i), job));
      } catch (InferenceException e) {
        job.fail(e);
      }
    }
  }

  private static InputTensor tokens(List<PairJob> batch, DirectBuffers images) {
    ImageFeatures.Tokens shape = batch.get(0).image().tokens();
    int size = shape.values().length;
    FloatBuffer values = images.floats(Math.multiplyExact(batch.size(), size));
    for (PairJob job : batch) {
      values.put(job.image().tokens().values());
    }
    return new InputTensor.Floats(values.clear(), batch.size(), shape.count(), shape.hidden());
  }

  private static InputTensor features(List<MatchText> sides, int width, DirectBuffers texts) {
    int hidden = sides.get(0).features().hidden();
    FloatBuffer values = texts.floats(Math.multiplyExact(sides.size(), width * hidden));
    for (MatchText side : sides) {
      TextFeatures features = side.features();
      values.put(features.values());
      for (int i = features.values().length; i < width * hidden; i++) {
        values.put(0);
      }
    }
    return new InputTensor.Floats(values.clear(), sides.size(), width, hidden);
  }

  private static MatchScore score(float[] logits, PairJob job) {
    if (logits.length != 2 || !Float.isFinite(logits[0]) || !Float.isFinite(logits[1])) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          "the model gave match logits that are not two finite numbers");
    }
    boolean comparable = job.image().embedding() != null && job.text().embedding() != null;
    Float similarity =
        comparable ? Vectors.similarity(job.image().embedding(), job.text().embedding()) : null;
    return new MatchScore(logits[0], logits[1], similarity);
  }
}
