package org.sightline.cli.hub;

import java.util.Locale;
import java.util.Optional;
import org.sightline.runtime.bundle.BundleManifest;

/** What imports of today do better than those that made a bundle. */
public final class ImportHints {
  private ImportHints() {}

  /** A hint for the user, where the bundle should be made again. */
  public static Optional<String> of(BundleManifest manifest) {
    String names = (manifest.id() + " " + manifest.sourceCheckpoint()).toLowerCase(Locale.ROOT);
    boolean siglip2 = names.matches(".*siglip-?2.*") && manifest.family().startsWith("siglip");
    return siglip2 && manifest.text() != null && manifest.text().cleaning().isEmpty()
        ? Optional.of(
            "it embeds capitals wrongly, because SigLIP 2 wants lower case: import it again")
        : Optional.empty();
  }
}
