package org.sightline.cli.push;

import java.net.URI;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;

/**
 * A request that may be repeated.
 *
 * @param method of HTTP
 * @param type of the body, null without one
 * @param body can be sent more than once
 * @param time that the answer may take beyond the client's patience
 * @param what is sent or asked for, for messages
 * @param kept what a message adds when nothing is tried again
 */
record Call(
    String method,
    URI uri,
    String type,
    BodyPublisher body,
    Duration time,
    String what,
    String kept) {

  static Call get(URI uri, String what) {
    return new Call("GET", uri, null, BodyPublishers.noBody(), Duration.ZERO, what, "");
  }
}
