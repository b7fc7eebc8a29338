package org.sightline.cli.hub;

import java.nio.file.Path;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.TextSpec;

/** A way in which folders hold a model: where the parts of a manifest come from. */
interface FolderLayout {

  /**
   * What the configs say, with the options.
   *
   * @param family for people
   * @param scale multiplier of the cosine
   * @param bias added to the scaled cosine
   */
  record Derived(String family, ImageSpec image, TextSpec text, float scale, float bias) {}

  /** The layout of a folder; HuggingFace's where it is none in particular. */
  static FolderLayout of(Path folder) {
    return OpenClipFolder.is(folder) ? new OpenClipFolder(folder) : new HubFolder(folder);
  }

  /** Reads everything but the graphs. */
  Derived derive(ImportOptions options);

  /** Finds the graphs. */
  GraphFiles graphs(String precision);

  /**
   * Opens the graphs and looks.
   *
   * @param fresh holds them under the names that they have in the bundle
   */
  GraphRoles roles(Path fresh, GraphFiles graphs);

  /** The tokenizer's file. */
  Path tokenizer();
}
