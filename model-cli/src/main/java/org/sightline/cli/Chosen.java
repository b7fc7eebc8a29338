package org.sightline.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.sightline.cli.catalog.Catalog;
import org.sightline.cli.catalog.CatalogEntry;
import org.sightline.cli.hub.ImportOptions;
import org.sightline.runtime.bundle.BundleException;

/**
 * What the user named to be installed: a model of the catalogue, or sources of which the catalogue
 * may know something.
 *
 * @param sources as {@code install} takes them
 * @param options what is known of the model; the user's own come before them
 * @param note for the user, where the catalogue adds something that was not asked for
 */
record Chosen(List<String> sources, ImportOptions options, Optional<String> note) {
  static final String CATALOG = "--catalog";
  private static final String ACCEPT = "--accept-license";

  /** Names of the options that this reads. */
  static final Set<String> OPTIONS = Set.of(CATALOG, ACCEPT);

  /** The catalogue that an option extends. */
  static Catalog catalog(Arguments arguments) {
    String file = arguments.option(CATALOG);
    return Catalog.read(file == null ? null : Path.of(file));
  }

  /**
   * Looks the values up.
   *
   * @param subfolder as the user gave it, or null
   * @throws BundleException when the model must be exported, or its licence is not accepted
   */
  static Chosen of(List<String> values, String subfolder, Arguments arguments) {
    Catalog catalog = catalog(arguments);
    Optional<CatalogEntry> named =
        values.size() == 1 ? catalog.find(values.get(0)) : Optional.empty();
    if (named.isPresent()) {
      CatalogEntry entry = named.get();
      if (entry.export() != null) {
        throw new BundleException(
            "nobody publishes [%s] as ONNX: make it on a machine with Python, with [%s], then push"
                + " the bundle",
            entry.id(), entry.export());
      }
      requireConsent(entry, arguments);
      return new Chosen(entry.sources(), entry.options(), Optional.empty());
    }
    List<String> plain = values.stream().map(value -> value.replaceFirst("@.*", "")).toList();
    List<CatalogEntry> all = catalog.of(plain);
    requireConsent(
        all.stream().filter(CatalogEntry::nonCommercial).findFirst().orElse(null), arguments);
    Optional<CatalogEntry> known =
        all.stream()
            .filter(entry -> subfolder == null || subfolder.equals(entry.options().subfolder()))
            .findFirst();
    return known
        .map(
            entry ->
                new Chosen(
                    values,
                    entry.options().withId(null),
                    Optional.of("what the catalogue knows of [" + entry.id() + "] is used")))
        .orElseGet(() -> new Chosen(values, ImportOptions.none(), Optional.empty()));
  }

  private static void requireConsent(CatalogEntry entry, Arguments arguments) {
    String accepted = arguments.option(ACCEPT);
    if (entry != null && entry.nonCommercial()) {
      if (entry.license().equals(accepted) == false) {
        throw new BundleException(
            "the licence of [%s], [%s], forbids commercial use: read it, and give %s %s if you"
                + " accept it",
            entry.id(), entry.license(), ACCEPT, entry.license());
      }
    } else if (accepted != null) {
      throw new UsageException(
          "option [%s] is for models of the catalogue whose licence forbids commercial use",
          ACCEPT);
    }
  }
}
