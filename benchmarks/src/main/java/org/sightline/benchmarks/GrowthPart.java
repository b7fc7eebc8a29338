package org.sightline.benchmarks;

import java.util.List;
import java.util.Set;

/** Measures one thing that grows, or a few that share their work. */
interface GrowthPart {
  /** What it can measure, in the order of the table. */
  List<Growth> rows();

  /** Bundles that the shared node needs beside the shipped ones. */
  Set<String> models();

  /**
   * Measures, and tells the report of each row that is wanted.
   *
   * @throws UnavailableException where something that it needs is not to be had
   */
  void run(Bench bench, GrowthReport report) throws Exception;
}
