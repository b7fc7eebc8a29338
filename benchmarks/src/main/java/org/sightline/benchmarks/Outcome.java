package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What became of the rows of a command.
 *
 * @param <R> its rows
 */
interface Outcome<R extends Measured> {
  /** Something was not to be had. */
  void notMeasured(R row, String reason);

  /** Something went wrong. */
  void failed(R row, Throwable reason);

  /** Whether it has been told of a row. */
  boolean knows(R row);

  /** One line about a row that it knows. */
  String line(R row);

  /** Whether every row that was asked for has been measured. */
  boolean complete();

  /** A table in Markdown, notes below it. */
  String table();

  /** Everything, each round's value included. */
  ObjectNode json(ObjectMapper mapper);
}
