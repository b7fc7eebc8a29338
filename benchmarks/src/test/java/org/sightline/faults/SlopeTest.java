package org.sightline.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class SlopeTest {

  @Test
  void isThatOfALine() {
    Slope slope = new Slope();
    for (int x = 0; x < 10; x++) {
      slope.add(x, 3 * x + 7);
    }
    assertEquals(3, slope.median(), 1e-9);
  }

  @Test
  void isNotMovedByAStepButByALeak() {
    Slope step = new Slope();
    Slope leak = new Slope();
    for (int x = 0; x < 40; x++) {
      step.add(x, x < 30 ? 100 : 10_000);
      leak.add(x, (x < 30 ? 100 : 10_000) + 64 * x);
    }
    assertEquals(0, step.median(), 1e-9);
    assertEquals(64, leak.median(), 1e-9);
  }

  @Test
  void needsTwoPoints() {
    Slope slope = new Slope();
    slope.add(1, 1);
    slope.add(1, 2);
    assertEquals(
        "a slope needs two points with different x, there are 2 points",
        assertThrows(IllegalStateException.class, slope::median).getMessage());
  }
}
