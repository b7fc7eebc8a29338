package org.sightline.runtime.inference;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.MatchStats.Failover;

/** Sums of what several nodes did. */
class MatchStatsTest {
  private static final Failover FAST = new Failover("a", Kind.OVERLOADED, 10);
  private static final Failover SLOW = new Failover("b", Kind.DEADLINE_EXCEEDED, 20);

  private static final MatchStats ONE = new MatchStats(1, 2, 3, 50, 6, 1, FAST);
  private static final MatchStats OTHER = new MatchStats(10, 20, 30, 40, 60, 2, SLOW);

  @Test
  void atTheSameTimeTheLongestCounts() {
    assertEquals(new MatchStats(11, 22, 33, 50, 60, 3, SLOW), ONE.beside(OTHER));
    assertEquals(new MatchStats(11, 22, 33, 50, 60, 3, SLOW), OTHER.beside(ONE));
  }

  @Test
  void oneAfterTheOtherTimesAddUp() {
    assertEquals(new MatchStats(11, 22, 33, 90, 66, 3, SLOW), ONE.then(OTHER));
    assertEquals(ONE, MatchStats.NONE.then(ONE));
    assertEquals(ONE, ONE.then(MatchStats.NONE));
  }
}
