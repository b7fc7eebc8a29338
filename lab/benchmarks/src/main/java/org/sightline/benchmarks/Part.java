package org.sightline.benchmarks;

import java.util.List;
import java.util.Set;
import org.sightline.benchmarks.Bench.UnavailableException;

/** Measures one row, or a few rows that share their work. */
interface Part {
  /** The rows in the order of the table. */
  List<Row> rows();

  /** Bundles that the shared node needs beside the shipped ones; empty also without a node. */
  default Set<String> models() {
    return Set.of();
  }

  /**
   * Measures, and reports each row that is wanted. A row that is not reported has failed with the
   * exception thrown here.
   *
   * @throws UnavailableException where something is missing that the part needs
   */
  void run(Bench bench, Report report) throws Exception;
}
