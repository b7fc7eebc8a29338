package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.scheduler.Admission.Cost;
import org.sightline.runtime.stats.RuntimeMetrics.QueueDepth;

class BacklogTest {
  private static final QueueLimits LIMITS = new QueueLimits(4, 1000, 100, 3, 50);

  private static Backlog backlog(Role role) {
    return new Backlog("tiny", role, LIMITS.of(role));
  }

  private static String refusal(Backlog backlog, Purpose purpose, Cost asked) {
    InferenceException e =
        assertThrows(InferenceException.class, () -> backlog.take(purpose, asked));
    assertEquals(Kind.OVERLOADED, e.kind());
    return e.getMessage();
  }

  @Test
  void pixelsAreBounded() {
    Backlog images = backlog(Role.IMAGE_EMBEDDING);
    images.take(Purpose.INGEST, new Cost(1, 700));
    assertEquals(
        "the queue of [image_embedding] of model [tiny] is full: 700 pixels wait for [ingest],"
            + " allowed are 1000 [sightline.inference.queue.image_pixels], the request has 301",
        refusal(images, Purpose.INGEST, new Cost(1, 301)));
    images.take(Purpose.INGEST, new Cost(1, 300));
    assertEquals(new QueueDepth(2, 4, 1000, 1000), images.depth());
    images.giveBack(Purpose.INGEST, new Cost(1, 700));
    images.take(Purpose.INGEST, new Cost(1, 700));
  }

  @Test
  void manySmallInputsAreBoundedByTheirNumber() {
    Backlog images = backlog(Role.IMAGE_TOKENS);
    images.take(Purpose.RERANK, new Cost(3, 3));
    assertEquals(
        "the queue of [image_tokens] of model [tiny] is full: 3 inputs wait for [rerank], allowed"
            + " are 4 [sightline.inference.queue_size], the request has 2",
        refusal(images, Purpose.RERANK, new Cost(2, 2)));
    assertEquals(new QueueDepth(3, 4, 3, 1000), images.depth());
  }

  @Test
  void otherRolesHaveTheirOwnUnits() {
    for (Role role : List.of(Role.TEXT_EMBEDDING, Role.TEXT_FEATURES)) {
      Backlog texts = backlog(role);
      texts.take(Purpose.SEARCH, new Cost(1, 60));
      assertEquals(
          "the queue of ["
              + role.id()
              + "] of model [tiny] is full: 60 tokens wait for [search], allowed are 100"
              + " [sightline.inference.queue.text_tokens], the request has 41",
          refusal(texts, Purpose.SEARCH, new Cost(1, 41)));
    }
    Backlog pairs = backlog(Role.MATCHING);
    pairs.take(Purpose.RERANK, new Cost(2, 2));
    assertEquals(
        "the queue of [matching] of model [tiny] is full: 2 pairs wait for [rerank], allowed are 3"
            + " [sightline.inference.queue.match_pairs], the request has 2",
        refusal(pairs, Purpose.RERANK, new Cost(2, 2)));
    Backlog captions = backlog(Role.CAPTION_DECODER);
    captions.take(Purpose.CAPTION, new Cost(1, 40));
    assertEquals(
        "the queue of [caption_decoder] of model [tiny] is full: 40 tokens wait for [caption],"
            + " allowed are 50 [sightline.inference.queue.caption_tokens], the request has 20",
        refusal(captions, Purpose.CAPTION, new Cost(1, 20)));
  }

  /** Else it would be refused for ever, by an empty queue. */
  @Test
  void whatIsLargerThanTheBoundGetsInAlone() {
    Backlog images = backlog(Role.IMAGE_EMBEDDING);
    images.take(Purpose.INGEST, new Cost(9, 5000));
    refusal(images, Purpose.INGEST, new Cost(1, 1));
    images.take(Purpose.SEARCH, new Cost(1, 1));
    refusal(images, Purpose.SEARCH, new Cost(9, 5000));
    images.giveBack(Purpose.INGEST, new Cost(8, 4999));
    images.take(Purpose.INGEST, new Cost(1, 999));
    assertEquals(new QueueDepth(3, 4, 1001, 1000), images.depth());
  }

  @Test
  void eachPurposeHasItsOwnRoom() {
    Backlog texts = backlog(Role.TEXT_EMBEDDING);
    for (Purpose purpose : Purpose.values()) {
      texts.take(purpose, new Cost(4, 100));
      refusal(texts, purpose, new Cost(1, 1));
    }
    assertEquals(new QueueDepth(16, 4, 400, 100), texts.depth());
  }

  /** A bulk of a thousand pictures from a telephone, and another one behind it. */
  @Test
  void theDefaultTakesTwoBulksOfOrdinaryPictures() {
    Backlog images =
        new Backlog("tiny", Role.IMAGE_EMBEDDING, QueueLimits.DEFAULTS.of(Role.IMAGE_EMBEDDING));
    for (int i = 0; i < 2048; i++) {
      images.take(Purpose.INGEST, new Cost(1, 24_000_000));
    }
    refusal(images, Purpose.INGEST, new Cost(1, 1));
  }
}
