package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class SpreadTest {

  @Test
  void sortsAndTakesTheMiddle() {
    assertEquals(new Spread(1, 2, 9), Spread.of(List.of(9.0, 1.0, 2.0)));
    assertEquals(new Spread(1, 1.5, 2), Spread.of(List.of(2.0, 1.0)));
    assertEquals(new Spread(4, 4, 4), Spread.of(List.of(4.0)));
  }

  @Test
  void interpolatesQuantiles() {
    double[] sorted = {0, 10, 20, 30, 40};
    assertEquals(0, Spread.quantile(sorted, 0));
    assertEquals(38, Spread.quantile(sorted, 0.95), 1e-9);
    assertEquals(40, Spread.quantile(sorted, 1));
  }

  @Test
  void showsTheRangeBehindTheMedian() {
    assertEquals("2.00  (1.00 to 9.50)", new Spread(1, 2, 9.5).text(2));
  }

  @Test
  void refusesNothing() {
    assertEquals(
        "nothing was measured",
        assertThrows(IllegalArgumentException.class, () -> Spread.of(List.of())).getMessage());
  }
}
