package org.sightline.runtime.model;

import java.util.concurrent.Executor;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.LoadBounds;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.scheduler.DecodeBudget;
import org.sightline.runtime.scheduler.Scheduler;
import org.sightline.runtime.stats.RuntimeMetrics;

/**
 * What all models of a runtime share.
 *
 * @param scheduler gives threads to jobs
 * @param background runs models before requests do, and writes image tokens to disk
 * @param loading loads models
 * @param decoder checks and decodes images within the limits
 * @param decoding bounds what is decoded at the same time
 * @param caches what is remembered of images and texts
 * @param memory native memory of models
 * @param heap told of what requests and caches hold
 */
public record RuntimeContext(
    RuntimeLimits limits,
    Scheduler scheduler,
    Executor background,
    LoadBounds loading,
    ImageDecoder decoder,
    DecodeBudget decoding,
    Caches caches,
    ModelMemory memory,
    HeapAccount heap,
    RuntimeMetrics metrics) {
  /** Decoded images may take a quarter of the heap, all of them together. */
  private static final int DECODED_SHARE = 4;

  public static RuntimeContext of(
      RuntimeLimits limits,
      FeatureFiles files,
      HeapAccount heap,
      Executor prepare,
      Executor infer,
      Executor background,
      LoadBounds loading) {
    ModelMemory memory = new ModelMemory(limits.modelBytes());
    long decodedBytes = Runtime.getRuntime().maxMemory() / DECODED_SHARE;
    return new RuntimeContext(
        limits,
        new Scheduler(prepare, infer),
        background,
        loading,
        new ImageDecoder(limits.maxImageBytes(), limits.maxImagePixels(), decodedBytes),
        new DecodeBudget(decodedBytes, heap),
        new Caches(
            limits.featureCacheBytes(),
            limits.textCacheEntries(),
            new FeatureDisk(files, background, heap),
            heap),
        memory,
        heap,
        new RuntimeMetrics(memory::stats));
  }
}
