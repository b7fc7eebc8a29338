package org.sightline.runtime.batch;

import java.util.List;
import org.sightline.runtime.scheduler.Admission;
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

  public TextJob(RequestContext request, Admission.Permit permit, TextStage stage, String text) {
    super(request, permit);
    this.stage = stage;
    this.text = text;
  }

  @Override
  public boolean prepare() {
    ids = stage.ids(text);
    costs(stage.width(List.of(ids.length)));
    return true;
  }

  @Override
  public int length() {
    return ids.length;
  }

  public long[] ids() {
    return ids;
  }
}
