package org.sightline.integration;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.condition.EnabledIf;

/**
 * The test goes from the Elasticsearch that the build is for to the newest one, so it runs in
 * builds for an older one ({@code -Delasticsearch.version=}), after the plugin for the newest was
 * built.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@EnabledIf("org.sightline.integration.NeedsOlderVersion$Condition#holds")
public @interface NeedsOlderVersion {
  /** Looked up by JUnit by its name. */
  final class Condition {
    private Condition() {}

    static boolean holds() {
      return Installation.newest().isPresent();
    }
  }
}
