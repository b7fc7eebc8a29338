package org.sightline.cli.web;

/** Why something could not be fetched or sent. The message is fit for users. */
public final class TransferException extends RuntimeException {

  public TransferException(String message) {
    super(message);
  }

  public TransferException(String message, Throwable cause) {
    super(message, cause);
  }
}
