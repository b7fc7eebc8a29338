package org.sightline.cli.hub;

/**
 * A file of a model that has one or more sources.
 *
 * @param source place of the folder or repository, from 0
 * @param path in it, with slashes
 */
public record SourceFile(int source, String path) {

  /** The folder that holds it, with a slash at its end; empty at the top. */
  String folder() {
    return path.substring(0, path.lastIndexOf('/') + 1);
  }

  /** Its name without the folder. */
  String name() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** A file beside it. */
  SourceFile beside(String name) {
    return new SourceFile(source, folder() + name);
  }
}
