package org.sightline.cli.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.JsonFields;

/** All entries, by id. */
public final class Catalog {
  private static final String RESOURCE = "catalog.json";
  private static final int MAX_ENTRIES = 1000;
  private static final int VERSION = 1;

  private final Map<String, CatalogEntry> entries = new LinkedHashMap<>();
  private final Map<String, String> texts = new LinkedHashMap<>();

  private Catalog() {}

  /**
   * Reads the catalogue.
   *
   * @param further a file in the same form, or null; its entries come before the others and replace
   *     those of the same id
   * @throws BundleException when a file cannot be read, or an entry is none
   */
  public static Catalog read(Path further) {
    Catalog catalog = new Catalog();
    if (further != null) {
      try {
        catalog.add(further.getFileName().toString(), Files.readString(further));
      } catch (IOException e) {
        throw new BundleException(e, "the catalogue [%s] cannot be read: %s", further, e);
      }
    }
    try (InputStream in = Catalog.class.getResourceAsStream(RESOURCE)) {
      String json = new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
      catalog.add(RESOURCE, json);
    } catch (IOException e) {
      throw new BundleException(e, "the catalogue cannot be read: %s", e);
    }
    return catalog;
  }

  private void add(String file, String json) {
    JsonFields root = JsonFields.ofFile(file, json);
    root.integer("format_version", VERSION, VERSION);
    Map<String, CatalogEntry> added = new LinkedHashMap<>();
    for (JsonFields fields : root.objects("models", MAX_ENTRIES)) {
      CatalogEntry entry = EntryReader.read(fields);
      if (added.put(entry.id(), entry) != null) {
        throw fields.refuse("id", "stand once in a file");
      }
      if (entries.putIfAbsent(entry.id(), entry) == null) {
        texts.put(entry.id(), fields.toJson());
      }
    }
    root.end();
  }

  /** The entries, in the order of the files. */
  public Collection<CatalogEntry> entries() {
    return entries.values();
  }

  /** The entry of that id. */
  public Optional<CatalogEntry> find(String id) {
    return Optional.ofNullable(entries.get(id));
  }

  /**
   * The entries of models that the user named by their address.
   *
   * @param sources {@code hf:owner/name}, each without a revision
   */
  public List<CatalogEntry> of(List<String> sources) {
    return entries.values().stream()
        .filter(
            entry ->
                entry.sources().stream()
                    .map(source -> source.replaceFirst("@.*", ""))
                    .toList()
                    .equals(sources))
        .toList();
  }

  /** An entry as its file has it, to be copied into another file. */
  public String json(CatalogEntry entry) {
    return texts.get(entry.id());
  }

  /** All ids. */
  public Set<String> ids() {
    return entries.keySet();
  }
}
