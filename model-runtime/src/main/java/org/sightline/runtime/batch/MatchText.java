package org.sightline.runtime.batch;

import org.sightline.runtime.inference.Embedding;

/**
 * A text as the matching graph takes it. Its ids are made once, by the first pair that needs them.
 */
public final class MatchText {
  private final String text;
  private final TextStage stage;
  private final TextFeatures features;
  private final Embedding embedding;
  private long[] ids;

  /**
   * @param features null where the graph takes ids
   * @param embedding null where the model has none
   */
  public MatchText(String text, TextStage stage, TextFeatures features, Embedding embedding) {
    this.text = text;
    this.stage = stage;
    this.features = features;
    this.embedding = embedding;
  }

  TextFeatures features() {
    return features;
  }

  Embedding embedding() {
    return embedding;
  }

  synchronized long[] ids() {
    if (ids == null) {
      ids = stage.matchingIds(text);
    }
    return ids;
  }

  int tokens() {
    return features == null ? ids().length : features.tokens();
  }
}
