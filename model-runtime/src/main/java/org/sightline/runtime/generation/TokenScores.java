package org.sightline.runtime.generation;

import java.util.HashSet;
import java.util.Set;
import org.sightline.runtime.inference.InferenceException;

/** Scores of the next token, as {@code generation/logits_process.py} of transformers has them. */
final class TokenScores {
  private TokenScores() {}

  /**
   * Natural logarithms of the softmax of some logits.
   *
   * @throws InferenceException of kind {@code INTERNAL} when the largest is not finite
   */
  static double[] logProbabilities(double[] logits) {
    double max = Double.NEGATIVE_INFINITY;
    for (double logit : logits) {
      // NaN must not hide behind a comparison that is false
      max = Double.isNaN(logit) ? Double.NaN : Math.max(max, logit);
    }
    if (!Double.isFinite(max)) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          "the model gave next-token logits that are not finite numbers");
    }
    double sum = 0;
    for (double logit : logits) {
      sum += Math.exp(logit - max);
    }
    double normaliser = max + Math.log(sum);
    double[] scores = new double[logits.length];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = logits[i] - normaliser;
    }
    return scores;
  }

  /** A copy of one row. */
  static double[] row(float[] logits, int from, int vocabulary) {
    double[] row = new double[vocabulary];
    for (int i = 0; i < vocabulary; i++) {
      row[i] = logits[from + i];
    }
    return row;
  }

  /**
   * Makes tokens less likely that occurred ({@code RepetitionPenaltyLogitsProcessor}) and forbids
   * the end while the sequence is too short ({@code MinLengthLogitsProcessor}).
   *
   * @param scores logits or their logarithmic probabilities, changed in place
   * @param sequence prompt included
   */
  static void process(double[] scores, long[] sequence, Decoding decoding) {
    if (decoding.repetitionPenalty() != 1) {
      Set<Long> seen = new HashSet<>();
      for (long token : sequence) {
        if (seen.add(token)) {
          int at = Math.toIntExact(token);
          scores[at] =
              scores[at] < 0
                  ? scores[at] * decoding.repetitionPenalty()
                  : scores[at] / decoding.repetitionPenalty();
        }
      }
    }
    if (sequence.length < decoding.minLength()) {
      scores[decoding.endTokenId()] = Double.NEGATIVE_INFINITY;
    }
  }
}
