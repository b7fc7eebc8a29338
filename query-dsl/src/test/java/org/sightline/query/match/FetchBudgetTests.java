package org.sightline.query.match;

import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.util.LimitedBreaker;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.test.ESTestCase;

public class FetchBudgetTests extends ESTestCase {
  private static final int MB = 1 << 20;
  private final LimitedBreaker breaker = new LimitedBreaker("test", ByteSizeValue.ofMb(100));
  private final FetchBudget budget = new FetchBudget(() -> breaker, 0);

  private static SearchHit[] hits(int... bytes) {
    SearchHit[] hits = new SearchHit[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      hits[i] = SearchHit.unpooled(i);
      byte[] source = new byte[bytes[i]];
      source[0] = '{';
      hits[i].sourceRef(new BytesArray(source));
    }
    return hits;
  }

  public void testTheFirstDocumentOfAllIsFetchedAlone() {
    try (FetchBudget.Hold hold = budget.open()) {
      assertEquals(1, hold.expect(16));
      assertEquals(4 * MB, breaker.getUsed());
      hold.arrived(hits(MB));
      assertEquals("its bytes and its text", 2 * MB, breaker.getUsed());
      assertEquals(15, hold.expect(15));
      assertEquals("and what is decoded later", 15 * 4 * MB, breaker.getUsed());
    }
    assertEquals(0, breaker.getUsed());
  }

  public void testFewerDocumentsWhereHeapIsShort() {
    try (FetchBudget.Hold first = budget.open();
        FetchBudget.Hold second = budget.open();
        FetchBudget.Hold third = budget.open()) {
      first.expect(1);
      first.arrived(hits(2 * MB));
      assertEquals(8, first.expect(8));
      assertEquals(4, second.expect(16));
      expectThrows(CircuitBreakingException.class, () -> third.expect(16));
      assertEquals("as much as before", 96 * MB, breaker.getUsed());
      first.close();
      assertEquals(8, third.expect(16));
    }
    assertEquals(0, breaker.getUsed());
  }

  public void testLargerDocumentsThanExpectedMayBeTooMany() {
    FetchBudget.Hold hold = budget.open();
    hold.expect(1);
    hold.arrived(hits(MB));
    assertEquals(2, hold.expect(2));
    expectThrows(
        CircuitBreakingException.class, () -> hold.arrived(hits(20 * MB, 20 * MB, 20 * MB)));
    hold.close();
    assertEquals(0, breaker.getUsed());
    try (FetchBudget.Hold next = budget.open()) {
      assertEquals("that is known now", 1, next.expect(2));
    }
  }

  public void testASingleLargeDocumentIsForgotten() {
    try (FetchBudget.Hold hold = budget.open()) {
      hold.expect(1);
      hold.arrived(hits(20 * MB));
      assertEquals(1, hold.expect(16));
      for (int i = 0; i < 40; i++) {
        hold.arrived(hits(MB));
      }
      assertEquals(16, hold.expect(16));
    }
  }
}
