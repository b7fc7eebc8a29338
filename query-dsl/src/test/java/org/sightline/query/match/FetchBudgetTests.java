package org.sightline.query.match;

import org.elasticsearch.action.support.PlainActionFuture;
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

  /** How many documents there is heap for now. */
  private static int expect(FetchBudget.Hold hold, int documents) {
    PlainActionFuture<Integer> count = new PlainActionFuture<>();
    hold.expect(documents, count);
    assertTrue("waits for heap", count.isDone());
    return count.actionGet();
  }

  private FetchBudget.Hold open() {
    return budget.share().open();
  }

  public void testTheFirstDocumentOfAllIsFetchedAlone() {
    try (FetchBudget.Hold hold = open()) {
      assertEquals(1, expect(hold, 16));
      assertEquals(4 * MB, breaker.getUsed());
      assertTrue(hold.arrived(hits(MB)));
      assertEquals("its bytes and its text", 2 * MB, breaker.getUsed());
      assertEquals(15, expect(hold, 15));
      assertEquals("and what is decoded later", 15 * 4 * MB, breaker.getUsed());
    }
    assertEquals(0, breaker.getUsed());
  }

  public void testFewerDocumentsWhereHeapIsShort() {
    try (FetchBudget.Hold first = open();
        FetchBudget.Hold second = open();
        FetchBudget.Hold third = open()) {
      expect(first, 1);
      first.arrived(hits(2 * MB));
      assertEquals(8, expect(first, 8));
      assertEquals(4, expect(second, 16));
      expectThrows(CircuitBreakingException.class, () -> expect(third, 16));
      assertEquals("as much as before", 96 * MB, breaker.getUsed());
      first.close();
      assertEquals(8, expect(third, 16));
    }
    assertEquals(0, breaker.getUsed());
  }

  public void testAChunkWaitsForTheOtherOfItsRerank() {
    FetchBudget.Share share = budget.share();
    FetchBudget.Hold first = share.open();
    FetchBudget.Hold second = share.open();
    expect(first, 1);
    first.arrived(hits(8 * MB));
    assertEquals(3, expect(first, 3));
    PlainActionFuture<Integer> waits = new PlainActionFuture<>();
    second.expect(3, waits);
    assertFalse("there is none for one document", waits.isDone());
    first.arrived(hits(8 * MB, 8 * MB, 8 * MB));
    assertEquals("there is less than expected", 1, (int) waits.actionGet());
    second.close();
    first.close();
    assertEquals(0, breaker.getUsed());
  }

  public void testNobodyWaitsForItself() {
    FetchBudget.Share share = budget.share();
    try (FetchBudget.Hold hold = share.open();
        FetchBudget.Hold other = share.open()) {
      expect(other, 1);
      other.close();
      expect(hold, 1);
      assertTrue(hold.arrived(hits(30 * MB)));
      expectThrows(CircuitBreakingException.class, () -> expect(hold, 1));
    }
    assertEquals(0, breaker.getUsed());
  }

  public void testLargerDocumentsThanExpectedAreFetchedAgain() {
    try (FetchBudget.Hold hold = open()) {
      expect(hold, 1);
      hold.arrived(hits(MB));
      assertEquals(3, expect(hold, 3));
      assertFalse(hold.arrived(hits(20 * MB, 20 * MB, 20 * MB)));
      assertEquals("that is known now", 1, expect(hold, 3));
    }
    assertEquals(0, breaker.getUsed());
  }

  public void testASingleLargeDocumentIsForgotten() {
    try (FetchBudget.Hold hold = open()) {
      expect(hold, 1);
      hold.arrived(hits(20 * MB));
      assertEquals(1, expect(hold, 16));
      for (int i = 0; i < 40; i++) {
        hold.arrived(hits(MB));
      }
      assertEquals(16, expect(hold, 16));
    }
  }
}
