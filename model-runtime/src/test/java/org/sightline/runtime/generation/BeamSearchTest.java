package org.sightline.runtime.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.inference.InferenceException;

/** The search itself; that it equals transformers is seen in {@code CaptionGoldenTest}. */
class BeamSearchTest {
  private static final int VOCABULARY = 3;
  private static final int MAX_LENGTH = 4;

  private static Decoding decoding(int beams, int sequences, int minLength, double lengthPenalty) {
    return new Decoding(
        sequences, beams, MAX_LENGTH, minLength, 1, lengthPenalty, null, null, ToyModel.END);
  }

  /** Wide enough to lose nothing, the search finds what trying everything finds. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
  void findsTheBestOfAll(long seed) {
    ToyModel model = new ToyModel(VOCABULARY, seed);
    for (double penalty : new double[] {0, 1, 2}) {
      Decoding decoding = decoding(16, 3, 0, penalty);
      Sequences search = decoding.begin(new long[] {1}, 0);
      model.run(search, 1);

      List<Hypothesis> all = new ArrayList<>();
      everything(model, List.of(1L), 0, penalty, all);
      all.sort(Comparator.comparingDouble(Hypothesis::score).reversed());

      for (int i = 0; i < 3; i++) {
        String where = "seed " + seed + ", penalty " + penalty + ", rank " + i;
        assertArrayEquals(all.get(i).tokens(), search.best().get(i).tokens(), where);
        assertEquals(all.get(i).score(), search.best().get(i).score(), 1e-6, where);
      }
    }
  }

  private static void everything(
      ToyModel model, List<Long> sequence, double score, double penalty, List<Hypothesis> all) {
    double[] next = model.logProbabilities(sequence);
    for (int token = 0; token < VOCABULARY; token++) {
      List<Long> extended = new ArrayList<>(sequence);
      extended.add((long) token);
      double sum = score + next[token];
      if (token == ToyModel.END || extended.size() == MAX_LENGTH) {
        long[] generated = extended.stream().skip(1).mapToLong(Long::longValue).toArray();
        all.add(Hypothesis.of(generated, ToyModel.END, sum / Math.pow(generated.length, penalty)));
      } else {
        everything(model, extended, sum, penalty, all);
      }
    }
  }

  @Test
  void theEndIsNotAllowedBeforeTheShortestLength() {
    for (long seed = 0; seed < 20; seed++) {
      Sequences search = decoding(2, 2, 3, 1).begin(new long[] {1}, 0);
      new ToyModel(VOCABULARY, seed).run(search, 1);
      for (Hypothesis found : search.best()) {
        // the prompt counts, the end does not: three tokens stand before it
        assertTrue(found.tokens().length >= 2, "seed " + seed + Arrays.toString(found.tokens()));
      }
    }
  }

  @Test
  void anEndBehindTheFirstBeamsIsNoResult() {
    // the end is the third best of four continuations that two beams look at
    BeamSearch search = new BeamSearch(decoding(2, 1, 0, 1), new long[] {1});
    search.advance(new float[] {1, 3, 2}, 0, VOCABULARY);
    assertEquals(List.of(), search.best());
    assertEquals(1, search.token(0));
    assertEquals(2, search.token(1));
  }

  @Test
  void beamsBeyondTheVocabularyWinNothing() {
    Sequences search = decoding(8, 1, 0, 1).begin(new long[] {1}, 0);
    search.advance(new float[] {0, 1, 2}, 0, VOCABULARY);
    assertEquals(8, search.width());
    for (int row = 2; row < 8; row++) {
      assertEquals(0, search.parent(row));
    }
  }

  @Test
  void whatOccurredBecomesLessLikely() {
    Decoding decoding = new Decoding(1, 2, 9, 0, 4, 1, null, null, ToyModel.END);
    BeamSearch search = new BeamSearch(decoding, new long[] {1});
    search.advance(new float[] {-9, 3, 2.5f}, 0, VOCABULARY);
    assertEquals(2, search.token(0), "without the penalty it is 1");
  }

  @Test
  void logitsThatAreNoNumbersAreRefused() {
    Sequences search = decoding(2, 1, 0, 1).begin(new long[] {1}, 0);
    InferenceException refused =
        assertThrows(
            InferenceException.class,
            () -> search.advance(new float[] {1, Float.NaN, 0}, 0, VOCABULARY));
    assertEquals(
        "the model gave next-token logits that are not finite numbers", refused.getMessage());
  }
}
