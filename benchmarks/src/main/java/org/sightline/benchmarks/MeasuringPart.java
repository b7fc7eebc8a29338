package org.sightline.benchmarks;

import java.util.List;
import java.util.Set;

/**
 * Measures one row or a few that share their work.
 *
 * @param <R> its rows
 * @param <O> what it tells
 */
interface MeasuringPart<R extends Measured, O extends Outcome<R>> {
  /** What it can measure, in the order of the table. */
  List<R> rows();

  /** Bundles that the shared node needs beside the shipped ones; empty also without a node. */
  Set<String> models();

  /**
   * Measures, and tells of each row that is wanted. A row that is not told of has failed with the
   * exception thrown here.
   *
   * @throws UnavailableException where something that it needs is not to be had
   */
  void run(Bench bench, O report) throws Exception;
}
