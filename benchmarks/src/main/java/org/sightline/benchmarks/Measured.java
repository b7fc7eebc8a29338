package org.sightline.benchmarks;

/** A row of a table. */
interface Measured {
  /** What {@code --only} calls it. */
  String id();
}
