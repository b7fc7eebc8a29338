package org.sightline.plugin.store;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;

/**
 * Compares copies with their hashes when they could not be used, and has a damaged one fetched
 * again, once. Looking reads gigabytes and requests may fail in a row, so each copy is looked at by
 * one thread at a time. Thread-safe.
 */
final class DamagedCopies {
  private static final Logger logger = LogManager.getLogger(DamagedCopies.class);

  private final Executor executor;
  private final Consumer<Bundle> again;
  private final Set<String> fetchedAgain = new HashSet<>();
  private final Set<String> looking = new HashSet<>();

  /**
   * @param again fetches a copy again
   */
  DamagedCopies(Executor executor, Consumer<Bundle> again) {
    this.executor = executor;
    this.again = again;
  }

  /** Looks at a copy, on another thread. */
  void suspect(Bundle bundle) {
    if (begin(bundle.manifest().fingerprint())) {
      executor.execute(() -> look(bundle));
    }
  }

  private synchronized boolean begin(String version) {
    return fetchedAgain.contains(version) == false && looking.add(version);
  }

  private void look(Bundle bundle) {
    String version = bundle.manifest().fingerprint();
    try {
      bundle.verify();
    } catch (BundleException e) {
      logger.warn(
          "the copy of model [{}] is damaged and is fetched again: {}",
          bundle.manifest().id(),
          e.getMessage());
      synchronized (this) {
        fetchedAgain.add(version);
      }
      again.accept(bundle);
    } finally {
      synchronized (this) {
        looking.remove(version);
      }
    }
  }
}
