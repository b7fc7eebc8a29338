package org.sightline.runtime;

import java.util.List;

/**
 * A text that becomes an embedding or features.
 *
 * @param <T> what it becomes
 */
final class TextJob<T> extends Job<T> {
  private final TextStage stage;
  private final String text;
  private long[] ids;

  TextJob(RequestContext request, TextStage stage, String text) {
    super(request, stage.mostTokens(text));
    this.stage = stage;
    this.text = text;
  }

  @Override
  void prepare() {
    ids = stage.ids(text);
    costs(stage.width(List.of(ids.length)));
  }

  @Override
  int length() {
    return ids.length;
  }

  long[] ids() {
    return ids;
  }
}
