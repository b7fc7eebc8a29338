package org.sightline.cli.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The catalogue for people. */
public final class CatalogText {
  private CatalogText() {}

  /** Three lines of an entry: what it is for, its figures, and how to get it. */
  public static String of(CatalogEntry entry) {
    String license =
        entry.nonCommercial() ? entry.license() + ", NOT FOR COMMERCIAL USE" : entry.license();
    List<String> figures = new ArrayList<>(List.of(license));
    if (entry.parametersMillions() != null) {
      figures.add(String.format(Locale.ROOT, "%,.0f M parameters", entry.parametersMillions()));
    }
    if (entry.dimensions() != null) {
      figures.add(entry.dimensions() + " dimensions");
    }
    if (entry.imageSize() != null) {
      figures.add(entry.imageSize() + " pixels");
    }
    if (entry.downloadMegabytes() != null) {
      figures.add(entry.downloadMegabytes() + " MB to fetch");
    } else if (entry.parametersMillions() != null && entry.export() == null) {
      // 32 bits each; what else is fetched is small
      double gigabytes = entry.parametersMillions() * Float.BYTES / 1e3;
      figures.add(String.format(Locale.ROOT, "about %.1f GB to fetch", gigabytes));
    }
    if (entry.languages() != null) {
      figures.add(entry.languages());
    }
    for (CatalogEntry.Retrieval found : entry.retrieval()) {
      figures.add(
          String.format(
              Locale.ROOT,
              "R@1 %s %.1f / %.1f (%s)",
              found.dataset(),
              found.textToImage(),
              found.imageToText(),
              found.source()));
    }
    String command =
        entry.export() == null ? "sightline-models install " + entry.id() : entry.export();
    return entry.id()
        + "  "
        + entry.purpose()
        + (entry.note() == null ? "" : " " + entry.note())
        + "\n  "
        + String.join("; ", figures)
        + "\n  "
        + command;
  }
}
