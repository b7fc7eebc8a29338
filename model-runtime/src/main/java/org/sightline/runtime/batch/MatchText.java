package org.sightline.runtime.batch;

import java.util.function.Supplier;
import org.sightline.runtime.inference.Embedding;

/**
 * A text as the matching graph takes it.
 *
 * @param ids tokenizes; not asked where the graph takes features
 * @param features null where the graph takes ids
 * @param embedding null where the model has none
 */
public record MatchText(Supplier<long[]> ids, TextFeatures features, Embedding embedding) {

  int tokens() {
    return features == null ? ids.get().length : features.tokens();
  }
}
