package org.sightline.integration.faults;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class ProcessMemoryTest {

  @Test
  void isThatOfALine() {
    ProcessMemory slope = new ProcessMemory();
    for (int x = 0; x < 10; x++) {
      slope.add(x, 3 * x + 7);
    }
    assertEquals(3, slope.slope(), 1e-9);
  }

  @Test
  void isNotMovedByAStepButByALeak() {
    ProcessMemory step = new ProcessMemory();
    ProcessMemory leak = new ProcessMemory();
    for (int x = 0; x < 40; x++) {
      step.add(x, x < 30 ? 100 : 10_000);
      leak.add(x, (x < 30 ? 100 : 10_000) + 64 * x);
    }
    assertEquals(0, step.slope(), 1e-9);
    assertEquals(64, leak.slope(), 1e-9);
  }

  @Test
  void needsTwoPoints() {
    ProcessMemory slope = new ProcessMemory();
    slope.add(1, 1);
    slope.add(1, 2);
    assertEquals(
        "a slope needs two points with different x, there are 2 points",
        assertThrows(IllegalStateException.class, slope::slope).getMessage());
  }
}
