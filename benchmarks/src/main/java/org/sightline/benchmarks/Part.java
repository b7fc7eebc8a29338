package org.sightline.benchmarks;

import java.util.List;
import java.util.Set;

/** Measures one row or a few that share their work. */
interface Part {
  /** What it can measure, in the order of the table. */
  List<Row> rows();

  /** Bundles that its node needs beside the shipped ones; empty also where it needs no node. */
  Set<String> models();

  /**
   * Measures, and tells the report of each row. A row that is not told of has failed with the
   * exception thrown here.
   *
   * @throws UnavailableException where a rival or a bundle is not to be had
   */
  void run(Bench bench, Report report) throws Exception;
}
