package org.sightline.query;

import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;

/** Every kind of failure has its HTTP status, and reaches a listener once. */
public class InferenceErrorsTests extends ESTestCase {
  private static final Map<Kind, Integer> STATUS =
      Map.of(
          Kind.INVALID_INPUT, 400,
          Kind.UNKNOWN_MODEL, 400,
          Kind.UNSUPPORTED, 400,
          Kind.OVERLOADED, 429,
          Kind.MODEL_UNAVAILABLE, 503,
          Kind.DEADLINE_EXCEEDED, 504,
          Kind.IMAGE_REQUIRED, 500,
          Kind.INTERNAL, 500,
          Kind.ERROR, 500,
          Kind.CANCELLED, 400);

  public void testStatusAndMessageOfEveryKind() {
    for (Kind kind : Kind.values()) {
      Exception e =
          InferenceErrors.toElasticsearch(
              new CompletionException(new InferenceException(kind, "said {} so")));
      assertEquals(kind.name(), (int) STATUS.get(kind), ExceptionsHelper.status(e).getStatus());
      assertEquals("said {} so", e.getMessage());
      assertEquals((int) STATUS.get(kind), InferenceErrors.status(kind).getStatus());
    }
  }

  public void testOtherFailures() {
    Exception known = new IllegalStateException("known");
    assertSame(known, InferenceErrors.toElasticsearch(new CompletionException(known)));
    Exception rejected = InferenceErrors.toElasticsearch(new RejectedExecutionException("full"));
    assertTrue(rejected instanceof EsRejectedExecutionException);
    assertEquals("full", rejected.getMessage());
  }

  public void testListenerIsAnsweredWhenStartingFails() {
    AtomicInteger answers = new AtomicInteger();
    InferenceCalls.start(
        () -> {
          throw new InferenceException(Kind.OVERLOADED, "full");
        },
        ActionListener.wrap(
            value -> fail("there is no value"),
            e -> {
              answers.incrementAndGet();
              assertEquals("full", e.getMessage());
            }));
    assertEquals(1, answers.get());
  }

  public void testListenerIsAnsweredOnceWhenTheStageEnds() {
    AtomicInteger answers = new AtomicInteger();
    CompletableFuture<String> stage = new CompletableFuture<>();
    InferenceCalls.start(() -> stage, ActionListener.running(answers::incrementAndGet));
    assertEquals(0, answers.get());
    stage.complete("value");
    assertEquals(1, answers.get());
  }
}
