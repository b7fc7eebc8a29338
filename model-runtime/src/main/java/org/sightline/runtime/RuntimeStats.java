package org.sightline.runtime;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sightline.features.FeatureFiles;
import org.sightline.inference.Role;

/**
 * Counters since the runtime was opened, at one moment.
 *
 * @param requests requests received
 * @param inputs inputs of those requests
 * @param failures inputs that got no value, and those of failed requests; an image that is asked
 *     for by digest and not cached counts as a cache miss only
 * @param rejections requests refused because a queue or pool was full
 * @param features cache of image tokens
 * @param texts cache of text embeddings
 * @param disk image features on local disk; zeros where none are kept
 * @param roles what the batches of a role did, over all models
 * @param stages time spent, over all models
 */
public record RuntimeStats(
    long requests,
    long inputs,
    long failures,
    long rejections,
    Cache features,
    Cache texts,
    FeatureFiles.Stats disk,
    Map<Role, RoleStats> roles,
    Map<Stage, StageStats> stages) {
  public RuntimeStats {
    // in the order of the enums, so that reports look the same every time
    roles = Collections.unmodifiableMap(new TreeMap<>(roles));
    stages = Collections.unmodifiableMap(new TreeMap<>(stages));
  }

  /** Where the time of an input goes. */
  public enum Stage {
    /** Encoded bytes to pixels. */
    DECODE,
    /** Resize, crop, normalise. */
    PREPROCESS,
    TOKENIZE,
    /** From being ready to the start of its batch. */
    QUEUE,
    /** One run of a graph; counted once a batch. */
    INFER
  }

  /**
   * A cache.
   *
   * @param bytes heap held by the values
   */
  public record Cache(long hits, long misses, long evictions, long entries, long bytes) {}

  /**
   * Batches of a role.
   *
   * @param batches runs of its graph
   * @param inputs inputs of those runs
   * @param batchSizes number of batches with 1, 2-3, 4-7, 8-15, 16-31, 32 or more inputs
   * @param queueDepth inputs waiting now
   * @param queueLimit inputs that may wait, over all loaded models
   */
  public record RoleStats(
      long batches, long inputs, List<Long> batchSizes, long queueDepth, long queueLimit) {
    public RoleStats {
      batchSizes = List.copyOf(batchSizes);
    }
  }

  /**
   * Time of a stage. Percentiles are upper bounds, at most 6.25 % above the true value.
   *
   * @param count how often it ran
   */
  public record StageStats(
      long count, long totalNanos, long p50Nanos, long p95Nanos, long p99Nanos) {}
}
