package org.sightline.parts;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sightline.features.FeatureFiles;
import org.sightline.inference.Deadline;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.Embedding;
import org.sightline.inference.InferenceInput;
import org.sightline.inference.MatchRequest;
import org.sightline.inference.MatchScore;
import org.sightline.inference.Outcome;
import org.sightline.inference.Purpose;
import org.sightline.runtime.HeapAccount;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.RuntimeLimits;

/**
 * The bundled models as a node runs them: queues, batches and caches, without the node. One request
 * at a time. Closing ends it.
 */
final class Models implements AutoCloseable {
  static final String CLIP = "emoji-clip";
  static final String BLIP = "emoji-blip";

  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final ThreadPoolExecutor pool;
  private final LocalRuntime runtime;

  /**
   * @param featureBytes heap for image tokens, 0 for none
   * @param texts text embeddings that are kept, 0 for none
   */
  Models(long featureBytes, int texts) {
    this(featureBytes, texts, null);
  }

  /**
   * @param files image tokens on disk, or null
   */
  Models(long featureBytes, int texts, FeatureFiles files) {
    int threads = Runtime.getRuntime().availableProcessors() + 2;
    pool =
        new ThreadPoolExecutor(threads, threads, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());
    RuntimeLimits limits = RuntimeLimits.defaults().withCaches(featureBytes, texts);
    runtime =
        LocalRuntime.open(List.of(Material.bundles()), limits, files, HeapAccount.NONE, pool, pool);
  }

  Embedding embed(String model, InferenceInput input, Purpose purpose) {
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
  List<MatchScore> match(InferenceInput.Text text, List<InferenceInput> images) {
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
