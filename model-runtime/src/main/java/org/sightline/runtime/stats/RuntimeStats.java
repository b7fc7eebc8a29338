package org.sightline.runtime.stats;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.WorkUnit;

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
 * @param memory native memory of models
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
    Memory memory,
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
    /** What an input waits, for its preparation and for its batch. */
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
   * Native memory of models, counted as the length of their bundles.
   *
   * @param taken bytes of the models that are loaded, being loaded or being freed
   * @param budget bytes that all of them together may take
   * @param evictions models unloaded to make room for others
   */
  public record Memory(long taken, long budget, long evictions) {
    /** Nothing. */
    public static final Memory NONE = new Memory(0, 0, 0);
  }

  /**
   * Batches of a role.
   *
   * @param batches runs of its graph
   * @param inputs inputs of those runs
   * @param batchSizes number of batches with 1, 2-3, 4-7, 8-15, 16-31, 32 or more inputs
   * @param queueDepth inputs waiting now
   * @param queueLimit inputs of each purpose that may wait, over all loaded models
   * @param queueWork what the waiting inputs cost, in the unit of the role ({@link WorkUnit#of})
   * @param queueWorkLimit what those of each purpose may cost, over all loaded models
   * @param waits how long its inputs waited, for their preparation and for their batch
   */
  public record RoleStats(
      long batches,
      long inputs,
      List<Long> batchSizes,
      long queueDepth,
      long queueLimit,
      long queueWork,
      long queueWorkLimit,
      StageStats waits) {
    public RoleStats {
      batchSizes = List.copyOf(batchSizes);
    }
  }

  /**
   * Time of a stage. Percentiles are upper bounds, at most 6.25 % above the true value; those of a
   * sum are as good as those of its parts.
   *
   * @param count how often it ran
   * @param buckets how many times fell into each bucket of {@link TimeHistogram}, by its number;
   *     without those into which none fell
   */
  public record StageStats(long count, long totalNanos, SortedMap<Integer, Long> buckets) {
    /** Nothing yet. */
    public static final StageStats NONE = new StageStats(0, 0, new TreeMap<>());

    public StageStats {
      buckets = Collections.unmodifiableSortedMap(new TreeMap<>(buckets));
    }

    /** The times of both. */
    public StageStats plus(StageStats other) {
      SortedMap<Integer, Long> merged = new TreeMap<>(buckets);
      other.buckets.forEach((bucket, times) -> merged.merge(bucket, times, Long::sum));
      return new StageStats(count + other.count, totalNanos + other.totalNanos, merged);
    }

    public long p50Nanos() {
      return TimeHistogram.percentile(buckets, 0.50);
    }

    public long p95Nanos() {
      return TimeHistogram.percentile(buckets, 0.95);
    }

    public long p99Nanos() {
      return TimeHistogram.percentile(buckets, 0.99);
    }
  }
}
