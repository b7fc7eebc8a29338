package org.sightline.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class PartsTableTest {
  @Test
  void partsStandInTheirOrder() {
    PartsTable table = new PartsTable();
    table.measured(Parts.DOT, new PartsTable.Cost(490, 24, 0));
    table.measured(Parts.DIGEST, new PartsTable.Cost(33_700, Double.NaN, 441));
    assertEquals(
        """
        | part | one operation | time (± of 99.9 %) | allocated |
        |---|---|---|---|
        | digest | SHA-256 of 52 kB | 33.7 µs | 441 B |
        | dot | scalar product, 512 dimensions | 490 ± 24.0 ns | 0.00 B |
        """,
        table.toString());
    assertTrue(table.complete());
  }

  @Test
  void aPartThatFailedSaysWhy() {
    PartsTable table = new PartsTable();
    table.failed(Parts.DOT, "no | luck\nat all");
    assertEquals(
        "| dot | scalar product, 512 dimensions | failed: no / luck at all | |",
        table.line(Parts.DOT));
    assertFalse(table.complete());
  }
}
