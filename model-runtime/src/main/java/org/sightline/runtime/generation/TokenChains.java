package org.sightline.runtime.generation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Independent sequences, one token after the other: the likeliest ({@code GenerationMixin._sample}
 * of transformers without sampling), or one drawn from the nucleus ({@code TopPLogitsWarper}).
 */
final class TokenChains implements Sequences {

  private static final class Chain {
    private long[] tokens;
    private double logProbability;
    private boolean ended;
    private SplittableRandom random;
  }

  private final Decoding decoding;
  private final int promptLength;
  private final List<Chain> chains = new ArrayList<>();
  private int steps;

  TokenChains(Decoding decoding, long[] prompt, long seed) {
    this.decoding = decoding;
    this.promptLength = prompt.length;
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int i = 0; i < decoding.sequences(); i++) {
      Chain chain = new Chain();
      chain.tokens = prompt;
      chain.random = seeds.split();
      chains.add(chain);
    }
  }

  @Override
  public int width() {
    return decoding.sequences();
  }

  @Override
  public void advance(float[] logits, int from, int vocabulary) {
    for (int row = 0; row < chains.size(); row++) {
      Chain chain = chains.get(row);
      if (!chain.ended) {
        int start = steps == 0 ? from : from + row * vocabulary;
        extend(chain, TokenScores.row(logits, start, vocabulary));
      }
    }
    steps++;
  }

  private void extend(Chain chain, double[] logits) {
    double[] own = TokenScores.logProbabilities(logits);
    TokenScores.process(logits, chain.tokens, decoding);
    double[] scores = TokenScores.logProbabilities(logits);
    int token = decoding.topP() == null ? likeliest(scores) : draw(scores, chain.random);
    int length = chain.tokens.length;
    chain.tokens = Arrays.copyOf(chain.tokens, length + 1);
    chain.tokens[length] = token;
    chain.logProbability += own[token];
    chain.ended = token == decoding.endTokenId() || length + 1 >= decoding.maxLength();
  }

  private static int likeliest(double[] scores) {
    int best = 0;
    for (int token = 1; token < scores.length; token++) {
      if (scores[token] > scores[best]) {
        best = token;
      }
    }
    return best;
  }

  /** A token is in the nucleus when those that are likelier have less than its probability. */
  private int draw(double[] scores, SplittableRandom random) {
    // all that are below this together have less than what lies outside, so none needs sorting
    double negligible = (1 - decoding.topP()) / scores.length;
    int[] likely =
        IntStream.range(0, scores.length)
            .filter(token -> Math.exp(scores[token]) >= negligible)
            .boxed()
            .sorted(Comparator.comparingDouble(token -> -scores[token]))
            .mapToInt(Integer::intValue)
            .toArray();
    double nucleus = 0;
    int size = 0;
    while (size < likely.length && (size == 0 || nucleus < decoding.topP())) {
      nucleus += Math.exp(scores[likely[size]]);
      size++;
    }
    double left = random.nextDouble() * nucleus;
    for (int i = 0; i < size - 1; i++) {
      left -= Math.exp(scores[likely[i]]);
      if (left < 0) {
        return likely[i];
      }
    }
    return likely[size - 1];
  }

  @Override
  public boolean done() {
    return chains.stream().allMatch(chain -> chain.ended);
  }

  @Override
  public long token(int row) {
    long[] tokens = chains.get(row).tokens;
    return tokens[tokens.length - 1];
  }

  @Override
  public int parent(int row) {
    return steps == 1 ? 0 : row;
  }

  @Override
  public List<Hypothesis> best() {
    return chains.stream()
        .map(this::hypothesis)
        .sorted(Comparator.comparingDouble(Hypothesis::score).reversed())
        .toList();
  }

  private Hypothesis hypothesis(Chain chain) {
    long[] generated = Arrays.copyOfRange(chain.tokens, promptLength, chain.tokens.length);
    double score = chain.logProbability / Math.pow(generated.length, decoding.lengthPenalty());
    return Hypothesis.of(generated, decoding.endTokenId(), score);
  }
}
