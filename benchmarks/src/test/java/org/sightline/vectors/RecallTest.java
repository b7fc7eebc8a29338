package org.sightline.vectors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class RecallTest {
  /** Cosines with {@link #QUERY}: 1, 0.8, 0.8, 0.6, 0. */
  private static final Vectors VECTORS =
      Vectors.of(
          List.of(
              new float[] {2, 0},
              new float[] {4, 3},
              new float[] {4, -3},
              new float[] {3, 4},
              new float[] {0, 1}));

  private static final float[] QUERY = {1, 0};

  @Test
  void theShareOfTheNearestIsCounted() {
    Recall recall = new Recall(VECTORS, QUERY, 4);
    assertEquals(1, recall.at(1, List.of(0)));
    assertEquals(0, recall.at(1, List.of(3)));
    assertEquals(0.75, recall.at(4, List.of(0, 1, 2, 4)));
    assertEquals(0.5, recall.at(4, List.of(0, 1)), "what was not found is missing");
  }

  @Test
  void whoIsAsNearIsAsGood() {
    Recall recall = new Recall(VECTORS, QUERY, 4);
    assertEquals(1, recall.at(2, List.of(0, 1)));
    assertEquals(1, recall.at(2, List.of(0, 2)), "1 and 2 are equally near");
  }

  @Test
  void onlyTheFirstCountAndEachOnce() {
    Recall recall = new Recall(VECTORS, QUERY, 4);
    assertEquals(0.5, recall.at(2, List.of(3, 0, 1)));
    assertEquals(0.5, recall.at(2, List.of(0, 0)));
  }

  @Test
  void refusesMoreThanWasComputed() {
    Recall recall = new Recall(VECTORS, QUERY, 10);
    assertEquals(
        "recall at 6: 5 neighbours were computed",
        assertThrows(IllegalArgumentException.class, () -> recall.at(6, List.of())).getMessage());
  }
}
