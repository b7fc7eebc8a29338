package org.sightline.plugin.cluster;

import java.util.concurrent.atomic.LongAdder;

/** Counts what this node sent for inference, to itself or to others. Thread-safe. */
public final class Routing {
  private final LongAdder requests = new LongAdder();
  private final LongAdder failovers = new LongAdder();
  private final LongAdder unserved = new LongAdder();
  private final LongAdder fallbacks = new LongAdder();

  /**
   * Counters since the node started.
   *
   * @param requests requests to a node; one of a caller is split by the owners of its images
   * @param failovers of these, the ones that another node had not served before
   * @param unserved inputs that no node served
   * @param fallbacks reranks that kept the order of the first stage because inference failed
   */
  public record Stats(long requests, long failovers, long unserved, long fallbacks) {
    /** Nothing yet. */
    public static final Stats NONE = new Stats(0, 0, 0, 0);

    /** The sum of both. */
    public Stats plus(Stats other) {
      return new Stats(
          requests + other.requests,
          failovers + other.failovers,
          unserved + other.unserved,
          fallbacks + other.fallbacks);
    }
  }

  void sent(boolean again) {
    requests.increment();
    if (again) {
      failovers.increment();
    }
  }

  void unserved(int inputs) {
    unserved.add(inputs);
  }

  /** A rerank kept the order of the first stage. */
  public void fellBack() {
    fallbacks.increment();
  }

  public Stats stats() {
    return new Stats(requests.sum(), failovers.sum(), unserved.sum(), fallbacks.sum());
  }
}
