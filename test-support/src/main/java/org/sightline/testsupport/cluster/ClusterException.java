package org.sightline.testsupport.cluster;

/** Elasticsearch could not be set up or did not do what was asked; the message holds its log. */
public final class ClusterException extends RuntimeException {
  public ClusterException(String message) {
    super(message);
  }

  public ClusterException(String message, Throwable cause) {
    super(message, cause);
  }
}
