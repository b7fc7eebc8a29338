package org.sightline.runtime.batch;

import java.util.List;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.scheduler.RequestContext;

/**
 * A text that becomes an embedding or features.
 *
 * @param <T> what it becomes
 */
public final class TextJob<T> extends Job<T> {
  private final TextStage stage;
  private final String text;
  private long[] ids;

  public TextJob(RequestContext request, TextStage stage, String text) {
    super(request, stage.mostTokens(text));
    this.stage = stage;
    this.text = text;
  }

  @Override
  public void prepare() {
    ids = stage.ids(text);
    costs(stage.width(List.of(ids.length)));
  }

  @Override
  public int length() {
    return ids.length;
  }

  public long[] ids() {
    return ids;
  }
}
