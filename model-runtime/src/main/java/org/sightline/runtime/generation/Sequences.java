package org.sightline.runtime.generation;

import java.util.List;

/**
 * The sequences of one image under construction. Begins with one row, the prompt; after the first
 * step it has {@link #width} rows, always. For one thread.
 */
public interface Sequences {

  /** Rows after the first step. */
  int width();

  /**
   * Takes what the model says of the next tokens.
   *
   * @param logits holds those of this image's rows, one after the other
   * @param from where the first row begins
   * @param vocabulary length of a row
   */
  void advance(float[] logits, int from, int vocabulary);

  /** Whether nothing better can come. */
  boolean done();

  /** The newest token of a row. */
  long token(int row);

  /** The row of the step before which a row goes on from. */
  int parent(int row);

  /** What was asked for, the best first; valid when done. */
  List<Hypothesis> best();
}
