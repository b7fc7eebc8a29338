package org.sightline.runtime.bundle;

import java.util.Locale;

/** Why a model cannot be used. The message is fit for users: file, field, received, allowed. */
public final class BundleException extends RuntimeException {

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

  /** The same with a cause. */
  public BundleException(Throwable cause, String template, Object... values) {
    super(String.format(Locale.ROOT, template, values), cause);
  }
}
