package org.sightline.cli.hub;

/** Why a folder cannot be imported. The message is fit for users: file, key, received, allowed. */
public final class HubException extends RuntimeException {

  public HubException(String message) {
    super(message);
  }

  public HubException(String message, Throwable cause) {
    super(message, cause);
  }
}
