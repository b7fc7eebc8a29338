package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class UnitsTest {
  @Test
  void timesHaveTheUnitThatSuits() {
    assertEquals("7.43 ± 0.25 ns", Units.time(7.431, 0.25));
    assertEquals("945 ± 250 ns", Units.time(945, 250));
    assertEquals("20.5 ± 8.59 µs", Units.time(20_500, 8_590));
    assertEquals("130 ± 10.4 ms", Units.time(130e6, 10.4e6));
    assertEquals("5000 ± 1000 s", Units.time(5e12, 1e12));
  }

  @Test
  void anUnknownErrorIsLeftOut() {
    assertEquals("1.00 ms", Units.time(1e6, Double.NaN));
  }

  @Test
  void bytesAreInPowersOfAThousand() {
    assertEquals("0.00 B", Units.bytes(0));
    assertEquals("999 B", Units.bytes(999.4));
    assertEquals("1.00 kB", Units.bytes(999.6));
    assertEquals("72.1 MB", Units.bytes(72_100_000));
    assertEquals("1.00 MB", Units.bytes(999_960));
  }

  @Test
  void threeDigitsStayThree() {
    assertEquals("9.99 B", Units.bytes(9.994));
    assertEquals("10.0 B", Units.bytes(9.996));
    assertEquals("99.9 B", Units.bytes(99.94));
    assertEquals("100 B", Units.bytes(99.96));
  }
}
