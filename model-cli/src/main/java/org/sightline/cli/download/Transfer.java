package org.sightline.cli.download;

import org.sightline.cli.web.Backoff;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Tries;

/**
 * What every request needs.
 *
 * @param client asks
 * @param tries how it asks again
 */
record Transfer(WebClient client, Tries tries) {

  /**
   * A count of tries for one thing that is fetched.
   *
   * @param what it is, for messages
   */
  Backoff backoff(String what) {
    return tries.of(what);
  }

  Progress progress() {
    return tries.progress();
  }
}
