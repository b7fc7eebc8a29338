package org.sightline.plugin.node;

import java.util.List;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.indices.breaker.BreakerSettings;
import org.elasticsearch.indices.breaker.CircuitBreakerMetrics;
import org.elasticsearch.indices.breaker.CircuitBreakerService;
import org.elasticsearch.indices.breaker.HierarchyCircuitBreakerService;
import org.elasticsearch.monitor.jvm.JvmInfo;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.inference.InferenceException;

/** With the breaker that Elasticsearch makes of the settings. */
public class HeapBreakerTests extends ESTestCase {

  private static CircuitBreaker breaker(HeapBreaker heap, Settings settings) {
    CircuitBreakerService service =
        new HierarchyCircuitBreakerService(
            CircuitBreakerMetrics.NOOP,
            settings,
            List.of(HeapBreaker.settings(settings)),
            new ClusterSettings(settings, ClusterSettings.BUILT_IN_CLUSTER_SETTINGS));
    heap.use(service.getBreaker(HeapBreaker.NAME));
    return service.getBreaker(HeapBreaker.NAME);
  }

  public void testLimits() {
    BreakerSettings settings = HeapBreaker.settings(Settings.EMPTY);
    long heap = JvmInfo.jvmInfo().getMem().getHeapMax().getBytes();
    assertEquals("sightline", settings.getName());
    assertEquals(0.4, (double) settings.getLimit() / heap, 1e-6);
    Settings lower = Settings.builder().put("breaker.sightline.limit", "3kb").build();
    assertEquals(3072, HeapBreaker.settings(lower).getLimit());
  }

  public void testRefusesWithoutTaking() {
    HeapBreaker heap = new HeapBreaker();
    CircuitBreaker breaker =
        breaker(heap, Settings.builder().put("breaker.sightline.limit", "1kb").build());
    heap.take(1000);
    InferenceException e = expectThrows(InferenceException.class, () -> heap.take(100));
    assertEquals(InferenceException.Kind.OVERLOADED, e.kind());
    assertTrue(
        e.getMessage(), e.getMessage().startsWith("the request needs [100] bytes of heap: "));
    assertEquals(1000, breaker.getUsed());
    assertEquals(1, breaker.getTrippedCount());
    heap.add(500);
    assertEquals("a cache is not refused", 1500, breaker.getUsed());
    heap.add(-1500);
    assertEquals(0, breaker.getUsed());
  }
}
