package org.sightline.runtime.bundle;

import java.util.Locale;

/** Why a model cannot be used. The message is fit for users: file, field, received, allowed. */
public final class BundleException extends RuntimeException {
  private boolean later;

  public BundleException(String message) {
    super(message);
  }

  public BundleException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A message with {@code %s} for each value. */
  public BundleException(String template, Object... values) {
    super(String.format(Locale.ROOT, template, values));
  }

  /** This error, about something that a later version may know: a field, a role, a value. */
  BundleException later() {
    later = true;
    return this;
  }

  /** Whether a later version may be able to use the model. */
  public boolean isLater() {
    return later;
  }

  /** The same with a cause. */
  public BundleException(Throwable cause, String template, Object... values) {
    super(String.format(Locale.ROOT, template, values), cause);
  }
}
