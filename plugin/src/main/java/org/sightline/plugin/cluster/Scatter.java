package org.sightline.plugin.cluster;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.IntFunction;
import java.util.function.IntPredicate;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Outcome;

/**
 * One request, split among nodes by input and put together again. Each input is settled exactly
 * once: its group is either answered, or sent to the next node, or out of nodes. Used once.
 *
 * <p>Two kinds of inputs do not go round all nodes:
 *
 * <ul>
 *   <li>an image that was under way when a node was lost may have killed it, so it goes to one more
 *       node, alone;
 *   <li>what two nodes were too busy for is refused, and so is what failed on two nodes within: a
 *       defect is no reason to go round.
 * </ul>
 *
 * @param <T> what an input yields
 */
final class Scatter<T> {

  /** Sends the inputs at these positions to a node. */
  interface Send<T> {
    /**
     * As many outcomes as positions, in their order.
     *
     * @param attempt when this node is given up
     */
    CompletionStage<List<Outcome<T>>> to(
        DiscoveryNode node, List<Integer> positions, Deadline attempt);
  }

  private final int count;
  private final Deadline deadline;
  private final Routing routing;
  private final IntFunction<List<DiscoveryNode>> nodesFor;
  private final IntPredicate decodes;
  private final Send<T> send;
  private final AtomicReferenceArray<Outcome<T>> outcomes;
  private final AtomicInteger unsettled;
  private final AtomicInteger unserved = new AtomicInteger();
  private final CompletableFuture<List<Outcome<T>>> result = new CompletableFuture<>();

  /**
   * @param deadline of the whole request; a node that is not the last one has half of what is left
   * @param nodesFor all nodes that may serve the input at a position, the best first
   * @param decodes whether a node has to decode an image for the input at a position
   */
  Scatter(
      int count,
      Deadline deadline,
      Routing routing,
      IntFunction<List<DiscoveryNode>> nodesFor,
      IntPredicate decodes,
      Send<T> send) {
    this.count = count;
    this.deadline = deadline;
    this.routing = routing;
    this.nodesFor = nodesFor;
    this.decodes = decodes;
    this.send = send;
    this.outcomes = new AtomicReferenceArray<>(count);
    this.unsettled = new AtomicInteger(count);
  }

  /**
   * Starts it. An input that no node could serve has the last node's failure as its outcome; when
   * that is so for all of them, the stage fails.
   */
  CompletionStage<List<Outcome<T>>> start() {
    List<Integer> all = new ArrayList<>(count);
    for (int position = 0; position < count; position++) {
      all.add(position);
    }
    dispatch(all, History.NONE);
    return result;
  }

  /**
   * What a group has been through.
   *
   * @param tried ids of the nodes that failed
   * @param last why the last of them failed; null before any was tried
   * @param lost whether one of them was lost
   */
  private record History(Set<String> tried, InferenceException last, boolean lost) {
    static final History NONE = new History(Set.of(), null, false);

    History after(DiscoveryNode node, InferenceException failure) {
      Set<String> all = new HashSet<>(tried);
      all.add(node.getId());
      return new History(all, failure, lost || InferenceFailures.isLoss(failure));
    }

    boolean endedBy(InferenceException.Kind kind) {
      return last != null && last.kind() == kind;
    }
  }

  private void dispatch(List<Integer> positions, History history) {
    Map<DiscoveryNode, List<Integer>> groups = new LinkedHashMap<>();
    List<Integer> unservable = new ArrayList<>();
    for (int position : positions) {
      nodesFor.apply(position).stream()
          .filter(node -> history.tried().contains(node.getId()) == false)
          .findFirst()
          .map(node -> groups.computeIfAbsent(node, key -> new ArrayList<>()))
          .orElse(unservable)
          .add(position);
    }
    groups.forEach((node, group) -> sendGroup(node, group, history));
    if (unservable.isEmpty() == false) {
      settleUnserved(unservable, history.last() == null ? noNodes() : history.last());
    }
  }

  private void sendGroup(DiscoveryNode node, List<Integer> group, History history) {
    routing.sent(history.tried().isEmpty() == false);
    CompletionStage<List<Outcome<T>>> stage;
    try {
      stage = send.to(node, group, attempt(group, node, history.tried()));
    } catch (RuntimeException e) {
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (answer, failure) -> {
          if (failure != null) {
            failed(node, group, history, InferenceFailures.of(failure, node.getName()));
          } else if (answer.size() != group.size()) {
            failed(node, group, history, miscounted(node, answer.size(), group.size()));
          } else {
            settle(group, answer);
          }
        });
  }

  /** A node that is silent must leave time for the next one. */
  private Deadline attempt(List<Integer> group, DiscoveryNode node, Set<String> tried) {
    boolean last =
        nodesFor.apply(group.get(0)).stream()
            .map(DiscoveryNode::getId)
            .allMatch(id -> id.equals(node.getId()) || tried.contains(id));
    return last ? deadline : deadline.part(deadline.remaining().dividedBy(2));
  }

  private boolean worthAnotherNode(InferenceException failure, History history) {
    return switch (failure.kind()) {
      case DEADLINE_EXCEEDED -> deadline.expired() == false;
      case OVERLOADED, INTERNAL -> history.endedBy(failure.kind()) == false;
      default -> InferenceFailures.worthAnotherNode(failure.kind());
    };
  }

  private void failed(
      DiscoveryNode node, List<Integer> group, History history, InferenceException failure) {
    if (worthAnotherNode(failure, history) == false) {
      settleUnserved(group, failure);
      return;
    }
    History now = history.after(node, failure);
    if (InferenceFailures.isLoss(failure) == false) {
      dispatch(group, now);
      return;
    }
    List<Integer> images = group.stream().filter(decodes::test).toList();
    List<Integer> others = group.stream().filter(position -> !decodes.test(position)).toList();
    if (others.isEmpty() == false) {
      dispatch(others, now);
    }
    if (history.lost()) {
      settleUnserved(images, failure);
    } else {
      images.forEach(position -> dispatch(List.of(position), now));
    }
  }

  private void settleUnserved(List<Integer> positions, InferenceException failure) {
    if (positions.isEmpty()) {
      return;
    }
    routing.unserved(positions.size());
    if (unserved.addAndGet(positions.size()) == count) {
      result.completeExceptionally(failure);
      return;
    }
    settle(positions, positions.stream().map(ignored -> Outcome.<T>failure(failure)).toList());
  }

  private void settle(List<Integer> positions, List<Outcome<T>> answer) {
    for (int i = 0; i < positions.size(); i++) {
      outcomes.set(positions.get(i), answer.get(i));
    }
    if (unsettled.addAndGet(-positions.size()) == 0) {
      List<Outcome<T>> all = new ArrayList<>(count);
      for (int position = 0; position < count; position++) {
        all.add(outcomes.get(position));
      }
      result.complete(all);
    }
  }

  private static InferenceException miscounted(DiscoveryNode node, int got, int expected) {
    return new InferenceException(
        InferenceException.Kind.INTERNAL,
        "node ["
            + node.getName()
            + "] answered ["
            + got
            + "] results for ["
            + expected
            + "] inputs");
  }

  private static InferenceException noNodes() {
    return new InferenceException(InferenceException.Kind.MODEL_UNAVAILABLE, InferenceNodes.NONE);
  }
}
