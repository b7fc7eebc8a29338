package org.sightline.cli.download;

/** Why something could not be fetched. The message is fit for users. */
public final class DownloadException extends RuntimeException {

  public DownloadException(String message) {
    super(message);
  }

  public DownloadException(String message, Throwable cause) {
    super(message, cause);
  }
}
