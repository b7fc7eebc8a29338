package org.sightline.runtime.model;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.sightline.runtime.stats.RuntimeStats;

/**
 * Keeps the values used last, as many as fit. Thread-safe; the values are shared with whoever got
 * them, so evicting one does not take it away.
 */
final class LruCache<K, V> {
  private final Map<K, V> entries = new LinkedHashMap<>(16, 0.75f, true);

  /** Number of holders of each value that is held. */
  private final Map<V, Integer> held = new IdentityHashMap<>();

  /**
   * Values that were evicted while they are held: their heap is counted until they are released.
   */
  private final Set<V> evictedAndHeld = Collections.newSetFromMap(new IdentityHashMap<>());

  private final long capacity;
  private final ToLongFunction<V> weigh;
  private final ToLongFunction<V> bytesOf;
  private final LongConsumer changed;
  private long weight;
  private long bytes;
  private long hits;
  private long misses;
  private long evictions;

  /**
   * @param capacity largest sum of weights; 0 keeps nothing
   * @param weigh weight of a value, above 0
   * @param bytesOf heap of a value
   * @param changed told how many bytes more or less are held
   */
  LruCache(
      long capacity, ToLongFunction<V> weigh, ToLongFunction<V> bytesOf, LongConsumer changed) {
    this.capacity = capacity;
    this.weigh = weigh;
    this.bytesOf = bytesOf;
    this.changed = changed;
  }

  boolean enabled() {
    return capacity > 0;
  }

  /** The value, or null; counts a hit or a miss. */
  synchronized V get(K key) {
    V value = entries.get(key);
    if (value == null) {
      misses++;
    } else {
      hits++;
    }
    return value;
  }

  /** As {@link #get}; the heap of the value stays counted until {@link #release}. */
  synchronized V hold(K key) {
    V value = get(key);
    if (value != null) {
      held.merge(value, 1, Integer::sum);
    }
    return value;
  }

  synchronized void release(V value) {
    if (held.merge(value, -1, Integer::sum) == 0) {
      held.remove(value);
      if (evictedAndHeld.remove(value)) {
        changed.accept(-bytesOf.applyAsLong(value));
      }
    }
  }

  /** The value, or null; counts nothing. */
  synchronized V peek(K key) {
    return entries.get(key);
  }

  /** Keeps a value, unless it alone is larger than the cache. */
  synchronized void put(K key, V value) {
    long heavier = weigh.applyAsLong(value);
    if (heavier > capacity) {
      return;
    }
    forget(entries.put(key, value));
    weight += heavier;
    long added = bytesOf.applyAsLong(value);
    bytes += added;
    changed.accept(added);
    Iterator<V> oldest = entries.values().iterator();
    while (weight > capacity) {
      V evicted = oldest.next();
      oldest.remove();
      forget(evicted);
      evictions++;
    }
  }

  /** Drops what nobody will ask for any more; not counted as evictions. */
  synchronized void removeIf(Predicate<K> condition) {
    Iterator<Map.Entry<K, V>> all = entries.entrySet().iterator();
    while (all.hasNext()) {
      Map.Entry<K, V> entry = all.next();
      if (condition.test(entry.getKey())) {
        all.remove();
        forget(entry.getValue());
      }
    }
  }

  synchronized RuntimeStats.Cache stats() {
    return new RuntimeStats.Cache(hits, misses, evictions, entries.size(), bytes);
  }

  private void forget(V value) {
    if (value != null) {
      long gone = bytesOf.applyAsLong(value);
      weight -= weigh.applyAsLong(value);
      bytes -= gone;
      if (held.containsKey(value)) {
        evictedAndHeld.add(value);
      } else {
        changed.accept(-gone);
      }
    }
  }
}
