package org.sightline.runtime.zeroshot;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.ModelInfo;

/**
 * Embedded label sets, those used last. Callers that ask for a set while it is being embedded share
 * that work; it ends early only when nobody waits for it any more. A failed set is forgotten, so
 * that the next request tries again. Thread-safe.
 */
final class LabelCache {
  private record Key(String modelId, String version, LabelSet labels) {}

  /**
   * An embedded set.
   *
   * @param deadline of all callers that share the work
   */
  private record Entry(CompletionStage<LabelEmbeddings> stage, Deadline deadline) {}

  /**
   * What a caller gets.
   *
   * @param mine whether this caller began the work
   */
  record Shared(CompletionStage<LabelEmbeddings> stage, boolean mine) {}

  private final Map<Key, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
  private final int maxLabels;
  private int labels;

  /**
   * @param maxLabels largest sum of labels; a set larger than that is kept alone
   */
  LabelCache(int maxLabels) {
    this.maxLabels = maxLabels;
  }

  /**
   * @param make embeds the set until the deadline it is given
   */
  Shared get(
      ModelInfo model,
      LabelSet set,
      Deadline caller,
      Function<Deadline, CompletionStage<LabelEmbeddings>> make) {
    Key key = new Key(model.id(), model.version(), set);
    Entry entry;
    synchronized (this) {
      Entry known = entries.get(key);
      if (known != null && !failed(known)) {
        if (!known.stage().toCompletableFuture().isDone()) {
          known.deadline().join(caller);
        }
        return new Shared(known.stage(), false);
      }
      Deadline deadline = Deadline.shared(caller);
      entry = new Entry(make.apply(deadline), deadline);
      labels += entries.put(key, entry) == null ? set.labels().size() : 0;
      evict();
    }
    entry
        .stage()
        .whenComplete(
            (made, failure) -> {
              if (failure != null) {
                forget(key, entry);
              }
            });
    return new Shared(entry.stage(), true);
  }

  private static boolean failed(Entry entry) {
    return entry.stage().toCompletableFuture().isCompletedExceptionally();
  }

  private void evict() {
    Iterator<Key> oldest = entries.keySet().iterator();
    while (labels > maxLabels && entries.size() > 1) {
      labels -= oldest.next().labels().labels().size();
      oldest.remove();
    }
  }

  private synchronized void forget(Key key, Entry entry) {
    if (entries.remove(key, entry)) {
      labels -= key.labels().labels().size();
    }
  }

  synchronized int size() {
    return entries.size();
  }
}
