package org.sightline.runtime.model;

import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.stats.RuntimeStats;

/**
 * Caches of a runtime: image features by model and digest, text embeddings by model and text. The
 * keys have the version of the model, because two versions of one model may serve side by side.
 */
public final class Caches {
  /** Longer texts are not kept: they are seldom queries that come again. */
  private static final int MAX_TEXT_CHARACTERS = 1024;

  private record Key(String fingerprint, String value) {}

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
  public boolean keepsTokens() {
    return features.enabled() || disk.enabled();
  }

  /** Features on disk, which survive the process. */
  public FeatureDisk disk() {
    return disk;
  }

  /** The features of an image, or null. The caller holds them until it releases them. */
  public ImageFeatures hold(LoadedModel model, String digest) {
    return features.enabled() ? features.hold(new Key(model.fingerprint(), digest)) : null;
  }

  public void release(ImageFeatures held) {
    features.release(held);
  }

  /** The features of an image, or null; counts no hit or miss. */
  public ImageFeatures peekFeatures(LoadedModel model, String digest) {
    return features.peek(new Key(model.fingerprint(), digest));
  }

  /** Keeps features that contain tokens, in memory now and on disk later. */
  public void keep(LoadedModel model, String digest, ImageFeatures value) {
    if (value.tokens() != null) {
      features.put(new Key(model.fingerprint(), digest), value);
      disk.keep(model.fingerprint(), digest, value);
    }
  }

  /** The embedding of a text, or null. */
  public Embedding text(LoadedModel model, String text) {
    return texts.enabled() && text.length() <= MAX_TEXT_CHARACTERS
        ? texts.get(new Key(model.fingerprint(), text))
        : null;
  }

  public void keepText(LoadedModel model, String text, Embedding value) {
    if (text.length() <= MAX_TEXT_CHARACTERS) {
      texts.put(new Key(model.fingerprint(), text), value);
    }
  }

  /** Drops from memory everything of one version of a model. */
  void forget(String fingerprint) {
    features.removeIf(key -> key.fingerprint().equals(fingerprint));
    texts.removeIf(key -> key.fingerprint().equals(fingerprint));
  }

  public RuntimeStats.Cache featureStats() {
    return features.stats();
  }

  public RuntimeStats.Cache textStats() {
    return texts.stats();
  }
}
