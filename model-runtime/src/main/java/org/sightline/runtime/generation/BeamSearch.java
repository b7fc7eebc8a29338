package org.sightline.runtime.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/**
 * Beam search: {@code GenerationMixin._beam_search} of transformers with {@code early_stopping}
 * false.
 *
 * <p>At each step the best {@code 2 * beams} continuations are looked at. Of the first half, those
 * that end become finished sequences, of which the best {@code beams} are kept; of all, the best
 * that do not end go on. The search stops when the best that goes on, divided by its present length
 * raised to the length penalty, is no better than the worst that is kept.
 */
final class BeamSearch implements Sequences {

  /** A sequence that may go on; {@code parent} is its row in the step before. */
  private record Beam(long[] tokens, double score, int parent) {}

  private record Candidate(int row, int token, double score) {}

  /** The best first; at equal scores in the order of the rows, then of the tokens. */
  private static final Comparator<Candidate> BEST_FIRST =
      Comparator.comparingDouble(Candidate::score)
          .reversed()
          .thenComparingInt(Candidate::row)
          .thenComparingInt(Candidate::token);

  private final Decoding decoding;
  private final int promptLength;
  private List<Beam> running;
  private List<Hypothesis> finished = new ArrayList<>();
  private boolean done;

  BeamSearch(Decoding decoding, long[] prompt) {
    this.decoding = decoding;
    this.promptLength = prompt.length;
    this.running = List.of(new Beam(prompt, 0, 0));
  }

  @Override
  public int width() {
    return decoding.beams();
  }

  @Override
  public void advance(float[] logits, int from, int vocabulary) {
    int length = running.get(0).tokens().length + 1;
    List<Candidate> candidates = candidates(logits, from, vocabulary);
    List<Beam> next = new ArrayList<>(decoding.beams());
    for (int rank = 0; rank < candidates.size(); rank++) {
      Candidate candidate = candidates.get(rank);
      boolean ends = candidate.token() == decoding.endTokenId() || length >= decoding.maxLength();
      if (!ends && next.size() < decoding.beams()) {
        next.add(new Beam(extended(candidate), candidate.score(), candidate.row()));
      } else if (ends && rank < decoding.beams()) {
        finished.add(hypothesis(candidate, length));
      }
    }
    finished.sort(Comparator.comparingDouble(Hypothesis::score).reversed());
    finished = new ArrayList<>(finished.subList(0, Math.min(finished.size(), decoding.beams())));
    done = next.isEmpty() || !canImprove(next.get(0), length);
    running = padded(next);
  }

  private List<Candidate> candidates(float[] logits, int from, int vocabulary) {
    int wanted = 2 * decoding.beams();
    PriorityQueue<Candidate> best = new PriorityQueue<>(wanted + 1, BEST_FIRST.reversed());
    for (int row = 0; row < running.size(); row++) {
      Beam beam = running.get(row);
      if (beam.score() == Double.NEGATIVE_INFINITY) {
        continue;
      }
      double[] scores =
          TokenScores.logProbabilities(
              TokenScores.row(logits, from + row * vocabulary, vocabulary));
      TokenScores.process(scores, beam.tokens(), decoding);
      for (int token = 0; token < vocabulary; token++) {
        double score = beam.score() + scores[token];
        boolean enters = best.size() < wanted || score > best.peek().score();
        if (enters && score != Double.NEGATIVE_INFINITY) {
          best.add(new Candidate(row, token, score));
          if (best.size() > wanted) {
            best.poll();
          }
        }
      }
    }
    List<Candidate> sorted = new ArrayList<>(best);
    sorted.sort(BEST_FIRST);
    return sorted;
  }

  private long[] extended(Candidate candidate) {
    long[] tokens = running.get(candidate.row()).tokens();
    long[] extended = Arrays.copyOf(tokens, tokens.length + 1);
    extended[tokens.length] = candidate.token();
    return extended;
  }

  private Hypothesis hypothesis(Candidate candidate, int length) {
    long[] tokens = extended(candidate);
    return Hypothesis.of(
        Arrays.copyOfRange(tokens, promptLength, tokens.length),
        decoding.endTokenId(),
        candidate.score() / penalty(length));
  }

  private boolean canImprove(Beam best, int length) {
    return finished.size() < decoding.beams()
        || best.score() / penalty(length) > finished.get(finished.size() - 1).score();
  }

  private double penalty(int length) {
    return Math.pow(length - promptLength, decoding.lengthPenalty());
  }

  /** A vocabulary smaller than the beams leaves rows free; they win nothing. */
  private List<Beam> padded(List<Beam> beams) {
    if (beams.isEmpty()) {
      return beams;
    }
    List<Beam> all = new ArrayList<>(beams);
    while (all.size() < decoding.beams()) {
      Beam first = beams.get(0);
      all.add(new Beam(first.tokens(), Double.NEGATIVE_INFINITY, first.parent()));
    }
    return all;
  }

  @Override
  public boolean done() {
    return done;
  }

  @Override
  public long token(int row) {
    long[] tokens = running.get(row).tokens();
    return tokens[tokens.length - 1];
  }

  @Override
  public int parent(int row) {
    return running.get(row).parent();
  }

  @Override
  public List<Hypothesis> best() {
    return finished.subList(0, Math.min(finished.size(), decoding.sequences()));
  }
}
