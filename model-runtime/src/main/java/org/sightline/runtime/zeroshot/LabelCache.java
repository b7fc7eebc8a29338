package org.sightline.runtime.zeroshot;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/**
 * Embedded label sets, those used last, shared by all who ask for the same while it is being made.
 * What failed is forgotten, so that the next request tries again. Thread-safe.
 */
final class LabelCache {
  private record Key(String modelId, LabelSet labels) {}

  private final Map<Key, CompletionStage<LabelEmbeddings>> entries =
      new LinkedHashMap<>(16, 0.75f, true);
  private final int maxLabels;
  private int labels;

  /**
   * @param maxLabels largest sum of labels; a set larger than that is kept alone
   */
  LabelCache(int maxLabels) {
    this.maxLabels = maxLabels;
  }

  CompletionStage<LabelEmbeddings> get(
      String modelId, LabelSet set, Supplier<CompletionStage<LabelEmbeddings>> make) {
    Key key = new Key(modelId, set);
    CompletionStage<LabelEmbeddings> stage;
    synchronized (this) {
      CompletionStage<LabelEmbeddings> known = entries.get(key);
      if (known != null) {
        return known;
      }
      stage = make.get();
      entries.put(key, stage);
      labels += set.labels().size();
      evict();
    }
    stage.whenComplete(
        (made, failure) -> {
          if (failure != null) {
            forget(key, stage);
          }
        });
    return stage;
  }

  private void evict() {
    Iterator<Key> oldest = entries.keySet().iterator();
    while (labels > maxLabels && entries.size() > 1) {
      labels -= oldest.next().labels().labels().size();
      oldest.remove();
    }
  }

  private synchronized void forget(Key key, CompletionStage<LabelEmbeddings> stage) {
    if (entries.remove(key, stage)) {
      labels -= key.labels().labels().size();
    }
  }

  synchronized int size() {
    return entries.size();
  }
}
