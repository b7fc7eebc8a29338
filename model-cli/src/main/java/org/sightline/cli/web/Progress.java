package org.sightline.cli.web;

/** Is told how a transfer goes on. */
public interface Progress {

  /**
   * A file begins, or goes on.
   *
   * @param total its length, -1 when nobody says
   * @param from bytes that are there already
   */
  void start(String file, long total, long from);

  /** That many more bytes came through. */
  void advance(long bytes);

  /** The file is complete. */
  void end();

  /** Something that a user wonders about, such as a wait. */
  void note(String line);
}
