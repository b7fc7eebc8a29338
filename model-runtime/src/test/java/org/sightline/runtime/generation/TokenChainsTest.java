package org.sightline.runtime.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TokenChainsTest {
  private static final int VOCABULARY = 50;

  private static Decoding drawing(int sequences, double topP, Long seed) {
    return new Decoding(sequences, 1, 12, 4, 1.2, 1, topP, seed, ToyModel.END);
  }

  private static List<Hypothesis> run(Decoding decoding, long modelSeed, long imageSeed) {
    Sequences chains = decoding.begin(new long[] {7}, imageSeed);
    new ToyModel(VOCABULARY, modelSeed).run(chains, 7);
    return chains.best();
  }

  private static void assertSame(List<Hypothesis> expected, List<Hypothesis> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      assertArrayEquals(expected.get(i).tokens(), actual.get(i).tokens());
      assertEquals(expected.get(i).score(), actual.get(i).score());
    }
  }

  @Test
  void theSameSeedDrawsTheSame() {
    assertSame(run(drawing(4, 0.9, 5L), 1, 1), run(drawing(4, 0.9, 5L), 1, 2));
    assertSame(run(drawing(4, 0.9, null), 1, 3), run(drawing(4, 0.9, null), 1, 3));
    assertFalse(
        Arrays.equals(
            run(drawing(4, 0.9, 5L), 1, 1).get(0).tokens(),
            run(drawing(4, 0.9, 6L), 1, 1).get(0).tokens()));
  }

  @Test
  void aNucleusOfOneTokenIsTheLikeliest() {
    Decoding greedy = new Decoding(1, 1, 12, 4, 1.2, 1, null, null, ToyModel.END);
    for (long seed = 0; seed < 20; seed++) {
      assertSame(run(greedy, seed, 1), run(drawing(1, 1e-9, 5L), seed, 1));
    }
  }

  @Test
  void drawsFromTheNucleusAsOftenAsLikely() {
    // probabilities 0.5, 0.25, 0.15 and 0.1: with 0.8 the third is in, the fourth is not
    float[] logits = {
      (float) Math.log(0.5), (float) Math.log(0.25), (float) Math.log(0.15), (float) Math.log(0.1)
    };
    Decoding decoding = new Decoding(16, 1, 3, 0, 1, 1, 0.8, null, 3);
    TreeMap<Long, Integer> drawn = new TreeMap<>();
    int draws = 500;
    for (int seed = 0; seed < draws; seed++) {
      Sequences chains = decoding.begin(new long[] {1}, seed);
      chains.advance(logits, 0, 4);
      for (int row = 0; row < 16; row++) {
        drawn.merge(chains.token(row), 1, Integer::sum);
      }
    }
    assertEquals(List.of(0L, 1L, 2L), List.copyOf(drawn.keySet()));
    double[] expected = {0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9};
    for (int token = 0; token < 3; token++) {
      double share = drawn.get((long) token) / (16.0 * draws);
      // six standard deviations of 8,000 draws
      assertEquals(expected[token], share, 0.034, "token " + token);
    }
  }

  @Test
  void sequencesEndAtTheEndOrAtTheLongest() {
    for (Hypothesis found : run(drawing(16, 1.0, 1L), 3, 1)) {
      assertTrue(found.tokens().length <= 11, "12 with the prompt");
      for (long token : found.tokens()) {
        assertTrue(token != ToyModel.END);
      }
    }
  }
}
