package org.sightline.runtime.bundle;

/** Why a bundle cannot be used. The message is fit for users: field, received, allowed. */
public final class BundleException extends RuntimeException {

  public BundleException(String message) {
    super(message);
  }

  public BundleException(String message, Throwable cause) {
    super(message, cause);
  }
}
