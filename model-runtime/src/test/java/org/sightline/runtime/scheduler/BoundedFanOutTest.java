package org.sightline.runtime.scheduler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class BoundedFanOutTest {

  @Test
  void keepsThatManyUnderWay() {
    List<CompletableFuture<Void>> begun = new ArrayList<>();
    BoundedFanOut window =
        new BoundedFanOut(
            5,
            index -> {
              assertEquals(begun.size(), index);
              CompletableFuture<Void> piece = new CompletableFuture<>();
              begun.add(piece);
              return piece;
            });
    window.open(2);
    assertEquals(2, begun.size());
    begun.get(1).complete(null);
    assertEquals(3, begun.size());
    begun.get(0).completeExceptionally(new IllegalStateException());
    begun.get(2).complete(null);
    assertEquals(5, begun.size());
    begun.get(3).complete(null);
    begun.get(4).complete(null);
    assertEquals(5, begun.size());
  }

  @Test
  void piecesThatEndAtOnceDoNotDeepenTheStack() {
    List<Integer> begun = new ArrayList<>();
    new BoundedFanOut(
            200_000,
            index -> {
              begun.add(index);
              return CompletableFuture.completedFuture(null);
            })
        .open(3);
    assertEquals(200_000, begun.size());
  }
}
