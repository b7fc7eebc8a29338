package org.sightline.runtime.inference;

import java.util.Objects;

/**
 * Where the image tokens of a match came from, and what took time.
 *
 * @param fromMemory images whose tokens a node had on its heap
 * @param fromDisk images whose tokens a node read from its disk
 * @param encoded images that were encoded
 * @param encodeNanos from when an image was queued until its tokens were there; of images that are
 *     encoded at the same time the longest
 * @param queueNanos how long pairs whose tokens were there waited for their batch; of pairs that
 *     wait at the same time the longest
 * @param failovers requests that a node did not serve, so that another was asked
 * @param slowest of these the one that took longest, or null
 */
public record MatchStats(
    int fromMemory,
    int fromDisk,
    int encoded,
    long encodeNanos,
    long queueNanos,
    int failovers,
    Failover slowest) {
  /** Nothing was done. */
  public static final MatchStats NONE = new MatchStats(0, 0, 0, 0, 0, 0, null);

  /**
   * A request that a node did not serve.
   *
   * @param node its name
   * @param kind why
   * @param nanos how long that took
   */
  public record Failover(String node, InferenceException.Kind kind, long nanos) {
    public Failover {
      Objects.requireNonNull(node, "node");
      Objects.requireNonNull(kind, "kind");
    }

    private static Failover slower(Failover one, Failover other) {
      if (one == null || other == null) {
        return one == null ? other : one;
      }
      return one.nanos >= other.nanos ? one : other;
    }
  }

  /** Both, which happened at the same time. */
  public MatchStats beside(MatchStats other) {
    return plus(
        other, Math.max(encodeNanos, other.encodeNanos), Math.max(queueNanos, other.queueNanos));
  }

  /** Both, one after the other. */
  public MatchStats then(MatchStats other) {
    return plus(other, encodeNanos + other.encodeNanos, queueNanos + other.queueNanos);
  }

  private MatchStats plus(MatchStats other, long encoding, long queueing) {
    return new MatchStats(
        fromMemory + other.fromMemory,
        fromDisk + other.fromDisk,
        encoded + other.encoded,
        encoding,
        queueing,
        failovers + other.failovers,
        Failover.slower(slowest, other.slowest));
  }
}
