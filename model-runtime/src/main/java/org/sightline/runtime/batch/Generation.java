package org.sightline.runtime.batch;

import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.generation.Hypothesis;
import org.sightline.runtime.generation.Sequences;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.KeptTensor;
import org.sightline.runtime.onnx.OnnxSession.Step;
import org.sightline.runtime.stats.TimeHistogram;

/**
 * The captions of some images under construction: {@code m} images, of which each has one row at
 * the first step and {@code k} afterwards. Images that are done, or for which nobody waits, run
 * along until all are, because rows stay where they are. For one thread; holds native memory.
 */
final class Generation implements AutoCloseable {
  private final RoleGraph graph;
  private final List<CaptionJob> jobs;
  private final List<Sequences> sequences;
  private final InferenceException[] dropped;
  private final int endTokenId;
  private final int width;
  private final DirectBuffers buffers;
  private final TimeHistogram time;
  private final InputTensor tokens;

  /** Tokens of the next run, the same number for each row; then where each row comes from. */
  private long[] ids;

  private long[] rows;
  private KeptTensor past;

  /**
   * @param jobs of the same plan, at least one
   * @param buffers of the caller, in use until this is closed
   */
  Generation(
      RoleGraph graph,
      CaptionPlan plan,
      List<CaptionJob> jobs,
      DirectBuffers buffers,
      TimeHistogram time) {
    this.graph = graph;
    this.jobs = jobs;
    this.buffers = buffers;
    this.time = time;
    this.dropped = new InferenceException[jobs.size()];
    this.endTokenId = plan.decoding().endTokenId();
    this.width = plan.decoding().width();
    this.sequences = new ArrayList<>(jobs.size());
    long[] prompt = plan.promptIds();
    this.ids = new long[jobs.size() * prompt.length];
    this.rows = new long[jobs.size()];
    for (int i = 0; i < jobs.size(); i++) {
      sequences.add(plan.begin(jobs.get(i).seed()));
      System.arraycopy(prompt, 0, ids, i * prompt.length, prompt.length);
      rows[i] = i;
    }
    this.tokens = imageTokens();
  }

  private InputTensor imageTokens() {
    ImageFeatures.Tokens shape = jobs.get(0).tokens();
    FloatBuffer values = buffers.floats(Math.multiplyExact(jobs.size(), shape.values().length));
    for (CaptionJob job : jobs) {
      values.put(job.tokens().values());
    }
    return new InputTensor.Floats(values.clear(), jobs.size(), shape.count(), shape.hidden());
  }

  /** Whether a step is needed; jobs that nobody waits for need none. */
  boolean unfinished() {
    boolean needed = false;
    for (int i = 0; i < jobs.size(); i++) {
      if (dropped[i] == null) {
        dropped[i] = jobs.get(i).dropReason();
      }
      needed |= runs(i);
    }
    return needed;
  }

  /** Why nobody waits for the captions of an image, or null. */
  InferenceException dropped(int index) {
    return sequences.get(index).done() ? null : dropped[index];
  }

  private boolean runs(int index) {
    return dropped[index] == null && !sequences.get(index).done();
  }

  /** Runs the graph once: all prompts at first, then one token of each row. */
  void step() {
    int count = rows.length;
    LongBuffer idBuffer = buffers.ids(ids.length).put(ids);
    LongBuffer rowBuffer = buffers.mask(count).put(rows);
    Step step =
        graph.step(
            Map.of(
                "ids",
                new InputTensor.Longs(idBuffer.clear(), count, ids.length / count),
                "rows",
                new InputTensor.Longs(rowBuffer.clear(), count),
                "tokens",
                tokens,
                "past",
                past == null ? nothingBefore() : new InputTensor.Kept(past)),
            count,
            time);
    replacePast(step.state());
    advance(step.values().data(), step.values().itemSize(), count / jobs.size());
  }

  /** An empty state {@code [m, s, 0, w]}. */
  private InputTensor nothingBefore() {
    List<Long> dims = graph.input("past").dims();
    return new InputTensor.Floats(DirectBuffers.NOTHING, jobs.size(), dims.get(1), 0, dims.get(3));
  }

  private void advance(float[] logits, int vocabulary, int before) {
    ids = new long[jobs.size() * width];
    rows = new long[jobs.size() * width];
    Arrays.fill(ids, endTokenId);
    for (int i = 0; i < jobs.size(); i++) {
      Sequences image = sequences.get(i);
      if (runs(i)) {
        image.advance(logits, i * before * vocabulary, vocabulary);
      }
      for (int row = 0; row < width; row++) {
        int at = i * width + row;
        boolean goesOn = runs(i);
        ids[at] = goesOn ? image.token(row) : endTokenId;
        rows[at] = (long) i * before + (goesOn ? image.parent(row) : Math.min(row, before - 1));
      }
    }
  }

  /** The captions of an image that was not dropped. */
  List<Hypothesis> best(int index) {
    return sequences.get(index).best();
  }

  private void replacePast(KeptTensor next) {
    if (past != null) {
      past.close();
    }
    past = next;
  }

  @Override
  public void close() {
    replacePast(null);
  }
}
