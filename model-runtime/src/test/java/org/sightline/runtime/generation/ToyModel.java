package org.sightline.runtime.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A language model that is a function: the logits of the next token follow from the sequence.
 * Drives sequences as a graph would, from rows and their parents.
 */
final class ToyModel {
  static final int END = 0;

  private final int vocabulary;
  private final long seed;

  ToyModel(int vocabulary, long seed) {
    this.vocabulary = vocabulary;
    this.seed = seed;
  }

  float[] logits(List<Long> sequence) {
    Random random = new Random(seed ^ sequence.hashCode() * 0x9e3779b97f4a7c15L);
    float[] logits = new float[vocabulary];
    for (int token = 0; token < vocabulary; token++) {
      logits[token] = (float) (2 * random.nextGaussian());
    }
    return logits;
  }

  /** The natural logarithm of the probability of each next token. */
  double[] logProbabilities(List<Long> sequence) {
    return TokenScores.logProbabilities(TokenScores.row(logits(sequence), 0, vocabulary));
  }

  /** Runs sequences to their end, keeping what each row has read as a graph's state would. */
  void run(Sequences sequences, long... prompt) {
    List<List<Long>> rows = new ArrayList<>();
    rows.add(Arrays.stream(prompt).boxed().toList());
    while (!sequences.done()) {
      float[] logits = new float[3 + rows.size() * vocabulary];
      for (int row = 0; row < rows.size(); row++) {
        System.arraycopy(logits(rows.get(row)), 0, logits, 3 + row * vocabulary, vocabulary);
      }
      sequences.advance(logits, 3, vocabulary);
      if (!sequences.done()) {
        rows = next(rows, sequences);
      }
    }
  }

  private static List<List<Long>> next(List<List<Long>> rows, Sequences sequences) {
    List<List<Long>> next = new ArrayList<>();
    for (int row = 0; row < sequences.width(); row++) {
      List<Long> extended = new ArrayList<>(rows.get(sequences.parent(row)));
      extended.add(sequences.token(row));
      next.add(extended);
    }
    return next;
  }
}
