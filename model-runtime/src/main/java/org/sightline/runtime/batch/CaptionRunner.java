package org.sightline.runtime.batch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.sightline.runtime.generation.Hypothesis;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.stats.TimeHistogram;

/**
 * Decodes the captions of a batch of images. Images that are to be decoded alike go through the
 * graph together, one token of all their rows a run; the graph's state stays in native memory.
 * Thread-safe.
 */
public final class CaptionRunner implements Consumer<List<CaptionJob>> {
  private final RoleGraph graph;
  private final TextStage stage;
  private final TimeHistogram time;
  private final BufferPool pool = new BufferPool();

  public CaptionRunner(RoleGraph graph, TextStage stage, TimeHistogram time) {
    this.graph = graph;
    this.stage = stage;
    this.time = time;
  }

  @Override
  public void accept(List<CaptionJob> batch) {
    Map<CaptionPlan, List<CaptionJob>> alike = new LinkedHashMap<>();
    for (CaptionJob job : batch) {
      alike.computeIfAbsent(job.plan(), plan -> new ArrayList<>()).add(job);
    }
    pool.lend(buffers -> alike.forEach((plan, jobs) -> generate(plan, jobs, buffers.texts())));
  }

  private void generate(CaptionPlan plan, List<CaptionJob> jobs, DirectBuffers buffers) {
    try (Generation generation = new Generation(graph, plan, jobs, buffers, time)) {
      while (generation.unfinished()) {
        generation.step();
      }
      for (int i = 0; i < jobs.size(); i++) {
        InferenceException dropped = generation.dropped(i);
        if (dropped != null) {
          jobs.get(i).fail(dropped);
        } else {
          jobs.get(i).succeed(captions(plan, generation.best(i)));
        }
      }
    } catch (InferenceException e) {
      jobs.forEach(job -> job.fail(e));
    }
  }

  private List<Caption> captions(CaptionPlan plan, List<Hypothesis> hypotheses) {
    long[] prompt = plan.promptIds();
    return hypotheses.stream()
        .map(found -> new Caption(stage.text(prompt, found.tokens()), (float) found.score()))
        .toList();
  }
}
