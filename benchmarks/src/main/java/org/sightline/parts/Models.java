package org.sightline.parts;

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
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.RuntimeLimits;

/**
 * The bundled models as a node runs them: queues, batches and caches, without the node. One request
 * at a time. Closing ends it.
 */
public final class Models implements AutoCloseable {
  static final String CLIP = "emoji-clip";
  static final String BLIP = "emoji-blip";

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final ThreadPoolExecutor pool;
  private final LocalRuntime runtime;

  /**
   * @param featureBytes heap for image tokens, 0 for none
   * @param texts text embeddings that are kept, 0 for none
   */
  public Models(long featureBytes, int texts) {
    this(featureBytes, texts, null);
  }

  /**
   * @param files image tokens on disk, or null
   */
  public Models(long featureBytes, int texts, FeatureFiles files) {
    int threads = Runtime.getRuntime().availableProcessors() + 2;
    pool =
        new ThreadPoolExecutor(threads, threads, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
    RuntimeLimits limits = RuntimeLimits.defaults().withCaches(featureBytes, texts);
    runtime =
        LocalRuntime.open(List.of(Material.bundles()), limits, files, HeapAccount.NONE, pool, pool);
  }

  public Embedding embed(String model, InferenceInput input, Purpose purpose) {
    EmbedRequest request =
        new EmbedRequest(model, List.of(input), purpose, Deadline.after(PATIENCE));
    return runtime
        .inference()
        .embed(request)
        .toCompletableFuture()
        .join()
        .results()
        .get(0)
        .orThrow();
  }

  /** The scores of a text with images, in their order. */
  public List<MatchScore> match(InferenceInput.Text text, List<InferenceInput> images) {
    MatchRequest request =
        new MatchRequest(BLIP, text, images, Purpose.RERANK, Deadline.after(PATIENCE));
    List<Outcome<MatchScore>> outcomes =
        runtime.inference().match(request).toCompletableFuture().join().results();
    List<MatchScore> scores = new ArrayList<>(outcomes.size());
    for (Outcome<MatchScore> outcome : outcomes) {
      scores.add(outcome.orThrow());
    }
    return scores;
  }

  @Override
  public void close() {
    runtime.close();
    pool.shutdown();
  }
}
