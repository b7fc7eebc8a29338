package org.sightline.runtime.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.sightline.runtime.stats.RuntimeStats.Cache;

class LruCacheTest {
  private final LruCache<String, String> cache =
      new LruCache<>(10, String::length, value -> 2L * value.length(), bytes -> {});

  @Test
  void evictsWhatWasUsedLongestAgo() {
    cache.put("a", "1234");
    cache.put("b", "1234");
    assertEquals("1234", cache.get("a"));
    cache.put("c", "1234");
    assertNull(cache.get("b"));
    assertEquals("1234", cache.get("a"));
    assertEquals("1234", cache.get("c"));
    assertEquals(new Cache(3, 1, 1, 2, 16), cache.stats());
  }

  @Test
  void replacesWithoutCountingTwice() {
    cache.put("a", "1234");
    cache.put("a", "12345678");
    cache.put("b", "12");
    assertEquals("12345678", cache.get("a"));
    assertEquals(new Cache(1, 0, 0, 2, 20), cache.stats());
  }

  @Test
  void doesNotKeepWhatIsLargerThanItself() {
    cache.put("a", "1234");
    cache.put("b", "12345678901");
    assertNull(cache.get("b"));
    assertEquals("1234", cache.get("a"));
  }

  @Test
  void forgetsOnRequest() {
    cache.put("a", "1234");
    cache.put("b", "1234");
    cache.removeIf("a"::equals);
    assertNull(cache.peek("a"));
    assertEquals("1234", cache.peek("b"));
    assertEquals(new Cache(0, 0, 0, 1, 8), cache.stats());
  }
}
