package org.sightline.plugin.node;

import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.indices.breaker.BreakerSettings;
import org.elasticsearch.monitor.jvm.JvmInfo;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.limits.HeapAccount;

/** The circuit breaker {@code sightline}: heap of requests under way and of caches. */
public final class HeapBreaker implements HeapAccount {
  /** Its name in node statistics and in {@code breaker.sightline.limit}. */
  public static final String NAME = "sightline";

  private static final double SHARE_OF_HEAP = 0.4;

  /** Elasticsearch makes it after the plugin and before the first request. */
  private volatile CircuitBreaker breaker;

  /** What Elasticsearch is to make, with what its own settings say of it. */
  public static BreakerSettings settings(Settings settings) {
    long heap = JvmInfo.jvmInfo().getMem().getHeapMax().getBytes();
    return BreakerSettings.updateFromSettings(
        new BreakerSettings(
            NAME,
            (long) (heap * SHARE_OF_HEAP),
            1.0,
            CircuitBreaker.Type.MEMORY,
            CircuitBreaker.Durability.TRANSIENT),
        settings);
  }

  /** The breaker itself. */
  public CircuitBreaker breaker() {
    return breaker;
  }

  public void use(CircuitBreaker made) {
    breaker = made;
  }

  @Override
  public void take(long bytes) {
    try {
      breaker.addEstimateBytesAndMaybeBreak(bytes, "inference");
    } catch (CircuitBreakingException e) {
      throw new InferenceException(
          InferenceException.Kind.OVERLOADED,
          "the request needs [" + bytes + "] bytes of heap: " + e.getMessage(),
          e);
    }
  }

  @Override
  public void add(long bytes) {
    breaker.addWithoutBreaking(bytes);
  }
}
