package org.sightline.runtime;

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
    super(request);
    this.stage = stage;
    this.text = text;
  }

  @Override
  void prepare() {
    ids = stage.ids(text);
  }

  @Override
  int length() {
    return ids.length;
  }

  long[] ids() {
    return ids;
  }
}
