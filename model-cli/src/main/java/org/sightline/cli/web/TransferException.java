package org.sightline.cli.web;

import java.util.Locale;

/** Why something could not be fetched or sent. The message is fit for users. */
public final class TransferException extends RuntimeException {

  public TransferException(String message) {
    super(message);
  }

  public TransferException(String message, Throwable cause) {
    super(message, cause);
  }

  /** A message with {@code %s} for each value. */
  public TransferException(String template, Object... values) {
    super(String.format(Locale.ROOT, template, values));
  }

  /** The same with a cause. */
  public TransferException(Throwable cause, String template, Object... values) {
    super(String.format(Locale.ROOT, template, values), cause);
  }
}
