package org.sightline.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.SessionSettings;

/** The runtime of a node, without the node: its queues, batches and caches. */
final class Matcher implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final String model;
  private final ThreadPoolExecutor pool;
  private final LocalRuntime runtime;

  /**
   * @param files image tokens on disk, or null
   * @param cacheBytes heap for image tokens
   */
  Matcher(Bench bench, String model, FeatureFiles files, long cacheBytes) {
    this.model = model;
    int threads = bench.threads();
    pool =
        new ThreadPoolExecutor(
            threads + 2, threads + 2, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
    RuntimeLimits limits =
        RuntimeLimits.defaults()
            .withCaches(cacheBytes, 1000)
            .withSessions(new SessionSettings(threads, Device.CPU));
    runtime =
        LocalRuntime.open(
            List.of(bench.bundle(model).getParent()), limits, files, HeapAccount.NONE, pool, pool);
  }

  /** The scores of a text with images. */
  List<MatchScore> match(String text, List<InferenceInput> images) throws Exception {
    MatchRequest request =
        new MatchRequest(
            model, new InferenceInput.Text(text), images, Purpose.RERANK, Deadline.after(PATIENCE));
    List<MatchScore> scores = new ArrayList<>();
    for (Outcome<MatchScore> outcome :
        runtime.inference().match(request).toCompletableFuture().get().results()) {
      scores.add(outcome.orThrow());
    }
    return scores;
  }

  /** Encodes one image. */
  void embed(InferenceInput.Image image) throws Exception {
    EmbedRequest request =
        new EmbedRequest(model, List.of(image), Purpose.RERANK, Deadline.after(PATIENCE));
    runtime.inference().embed(request).toCompletableFuture().get().results().get(0).orThrow();
  }

  @Override
  public void close() {
    runtime.close();
    pool.shutdown();
  }
}
