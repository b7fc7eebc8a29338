package org.sightline.runtime;

import org.sightline.features.ImageFeatures;
import org.sightline.inference.Embedding;

/**
 * What a runtime remembers: image features by model and digest, text embeddings by model and text.
 */
final class Caches {
  /** A longer text is no query that comes again; keeping it would only cost heap. */
  private static final int MAX_TEXT_CHARACTERS = 1024;

  private record Key(String modelId, String value) {}

  private final LruCache<Key, ImageFeatures> features;
  private final LruCache<Key, Embedding> texts;
  private final FeatureDisk disk;

  Caches(long featureBytes, int textEntries, FeatureDisk disk, HeapAccount heap) {
    this.disk = disk;
    features = new LruCache<>(featureBytes, ImageFeatures::bytes, ImageFeatures::bytes, heap::add);
    texts =
        new LruCache<>(
            textEntries,
            embedding -> 1,
            embedding -> (long) Float.BYTES * embedding.single().length,
            heap::add);
  }

  /** Whether image tokens are kept at all. */
  boolean keepsTokens() {
    return features.enabled() || disk != FeatureDisk.NONE;
  }

  /** What is kept beyond the process. */
  FeatureDisk disk() {
    return disk;
  }

  /** The features of an image, or null. */
  ImageFeatures features(String modelId, String digest) {
    return features.enabled() ? features.get(new Key(modelId, digest)) : null;
  }

  /** The same without counting a hit or a miss. */
  ImageFeatures peekFeatures(String modelId, String digest) {
    return features.peek(new Key(modelId, digest));
  }

  /** Keeps features that contain tokens, in memory now and on disk later. */
  void keep(LoadedModel model, String digest, ImageFeatures value) {
    if (value.tokens() != null) {
      features.put(new Key(model.id(), digest), value);
      disk.keep(model.fingerprint(), digest, value);
    }
  }

  /** The embedding of a text, or null. */
  Embedding text(String modelId, String text) {
    return texts.enabled() && text.length() <= MAX_TEXT_CHARACTERS
        ? texts.get(new Key(modelId, text))
        : null;
  }

  void keepText(String modelId, String text, Embedding value) {
    if (text.length() <= MAX_TEXT_CHARACTERS) {
      texts.put(new Key(modelId, text), value);
    }
  }

  /** Drops everything of a model. */
  void forget(String modelId) {
    features.removeIf(key -> key.modelId().equals(modelId));
    texts.removeIf(key -> key.modelId().equals(modelId));
  }

  RuntimeStats.Cache featureStats() {
    return features.stats();
  }

  RuntimeStats.Cache textStats() {
    return texts.stats();
  }
}
