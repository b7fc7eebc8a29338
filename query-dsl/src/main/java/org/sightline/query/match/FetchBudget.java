package org.sightline.query.match;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.breaker.CircuitBreaker;
import org.elasticsearch.common.breaker.CircuitBreakingException;
import org.elasticsearch.core.Releasable;
import org.elasticsearch.search.SearchHit;

/**
 * Heap for the documents that the reranks of this node fetch, charged to a circuit breaker. The
 * size of a document is known only when it has arrived. Until then the size of earlier documents is
 * charged. Thread-safe.
 */
public final class FetchBudget {
  /** Expected of the first document of all, which is fetched alone. */
  private static final long FIRST_BYTES = 1 << 20;

  /** By such a part the expected size shrinks with each fetch of smaller documents. */
  private static final int FORGETTING = 8;

  /** A document's bytes, and the text that is read from them. */
  private static final int COPIES = 2;

  /** The same and what is decoded of the text, which inference charges later, here and there. */
  private static final int EXPECTED_COPIES = 4;

  private final Supplier<CircuitBreaker> breaker;

  /** Bytes of one document; 0 where they are not known. */
  private final AtomicLong expected;

  /**
   * @param breaker asked at each charge, because Elasticsearch makes it after its plugins
   * @param expected bytes of one document before the first was fetched; 0 where they are not known
   */
  public FetchBudget(Supplier<CircuitBreaker> breaker, long expected) {
    this.breaker = breaker;
    this.expected = new AtomicLong(expected);
  }

  /** The heap of one rerank, which holds none at first. */
  Share share() {
    return new Share();
  }

  /**
   * Heap of one rerank, whose chunks share it: a chunk for which there is none waits as long as
   * another one of the same rerank holds some. Thread-safe.
   */
  final class Share {
    private final List<Runnable> waiting = new ArrayList<>();
    private long held;

    /** What one chunk holds; nothing at first. The rerank closes it after the chunk. */
    Hold open() {
      return new Hold(this);
    }

    private void tryAgain() {
      List<Runnable> again;
      synchronized (this) {
        again = List.copyOf(waiting);
        waiting.clear();
      }
      again.forEach(Runnable::run);
    }
  }

  /** Heap of the fetch that is under way or was the last one. */
  final class Hold implements Releasable {
    private final Share share;
    private long bytes;
    private boolean closed;

    private Hold(Share share) {
      this.share = share;
    }

    /**
     * Charges documents that are to be fetched, in place of those before.
     *
     * @param listener gets how many there is heap for, at least 1, or a {@link
     *     CircuitBreakingException} when there is not enough for one; called once, by this call or
     *     when another chunk of the rerank gives heap back
     */
    void expect(int documents, ActionListener<Integer> listener) {
      int count = 0;
      CircuitBreakingException failure = null;
      synchronized (share) {
        try {
          count = charge(documents);
        } catch (CircuitBreakingException e) {
          hold(0); // a chunk that waits holds nothing, so that no two wait for each other
          if (share.held > 0) {
            share.waiting.add(() -> expect(documents, listener));
            return;
          }
          failure = e;
        }
      }
      if (failure == null) {
        listener.onResponse(count);
      } else {
        listener.onFailure(failure);
      }
    }

    /** As many documents as there is heap for, at least one. */
    private int charge(int documents) {
      long each = expected.get();
      int count = each == 0 ? 1 : documents;
      while (true) {
        try {
          hold(EXPECTED_COPIES * count * (each == 0 ? FIRST_BYTES : each));
          return count;
        } catch (CircuitBreakingException e) {
          if (count == 1) {
            throw e;
          }
          count /= 2;
        }
      }
    }

    /**
     * Charges what has arrived in place of what was expected.
     *
     * @return false when it is more, and there is not enough: the documents must be dropped, and
     *     {@link #expect} knows their size now
     */
    boolean arrived(SearchHit[] hits) {
      long all = 0;
      long most = 0;
      for (SearchHit hit : hits) {
        long length = hit.hasSource() ? hit.getSourceRef().length() : 0;
        all += length;
        most = Math.max(most, length);
      }
      long largest = Math.max(most, 1);
      expected.updateAndGet(before -> Math.max(largest, before - before / FORGETTING));
      try {
        synchronized (share) {
          hold(COPIES * all);
        }
      } catch (CircuitBreakingException e) {
        return false;
      }
      share.tryAgain();
      return true;
    }

    private void hold(long now) {
      if (closed) {
        return;
      }
      if (now > bytes) {
        breaker.get().addEstimateBytesAndMaybeBreak(now - bytes, "rerank");
      } else {
        breaker.get().addWithoutBreaking(now - bytes);
      }
      share.held += now - bytes;
      bytes = now;
    }

    @Override
    public void close() {
      synchronized (share) {
        hold(0);
        closed = true;
      }
      share.tryAgain();
    }
  }
}
