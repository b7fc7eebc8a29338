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
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.sightline.plugin.transport.InferenceFailures;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Outcome;

/**
 * One request, split among nodes by input and put together again. Each input is settled exactly
 * once: its group is either answered, or sent to the next node, or out of nodes. Used once.
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
  private final Send<T> send;
  private final AtomicReferenceArray<Outcome<T>> outcomes;
  private final AtomicInteger unsettled;
  private final AtomicInteger unserved = new AtomicInteger();
  private final CompletableFuture<List<Outcome<T>>> result = new CompletableFuture<>();

  /**
   * @param deadline of the whole request; a node that is not the last one has half of what is left
   * @param nodesFor all nodes that may serve the input at a position, the best first
   */
  Scatter(
      int count,
      Deadline deadline,
      Routing routing,
      IntFunction<List<DiscoveryNode>> nodesFor,
      Send<T> send) {
    this.count = count;
    this.deadline = deadline;
    this.routing = routing;
    this.nodesFor = nodesFor;
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
    dispatch(all, Set.of(), null);
    return result;
  }

  /**
   * @param last failure of a node that was tried; null before any was
   */
  private void dispatch(List<Integer> positions, Set<String> tried, InferenceException last) {
    Map<DiscoveryNode, List<Integer>> groups = new LinkedHashMap<>();
    List<Integer> unservable = new ArrayList<>();
    for (int position : positions) {
      nodesFor.apply(position).stream()
          .filter(node -> tried.contains(node.getId()) == false)
          .findFirst()
          .map(node -> groups.computeIfAbsent(node, key -> new ArrayList<>()))
          .orElse(unservable)
          .add(position);
    }
    groups.forEach((node, group) -> sendGroup(node, group, tried));
    if (unservable.isEmpty() == false) {
      settleUnserved(unservable, last == null ? noNodes() : last);
    }
  }

  private void sendGroup(DiscoveryNode node, List<Integer> group, Set<String> tried) {
    routing.sent(tried.isEmpty() == false);
    CompletionStage<List<Outcome<T>>> stage;
    try {
      stage = send.to(node, group, attempt(group, node, tried));
    } catch (RuntimeException e) {
      stage = CompletableFuture.failedFuture(e);
    }
    stage.whenComplete(
        (answer, failure) -> {
          if (failure != null) {
            failed(node, group, tried, InferenceFailures.of(failure, node.getName()));
          } else if (answer.size() != group.size()) {
            failed(node, group, tried, miscounted(node, answer.size(), group.size()));
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

  private boolean worthAnotherNode(InferenceException failure) {
    return failure.kind() == InferenceException.Kind.DEADLINE_EXCEEDED
        ? deadline.expired() == false
        : InferenceFailures.worthAnotherNode(failure.kind());
  }

  private void failed(
      DiscoveryNode node, List<Integer> group, Set<String> tried, InferenceException failure) {
    if (worthAnotherNode(failure) == false) {
      settleUnserved(group, failure);
      return;
    }
    Set<String> triedNow = new HashSet<>(tried);
    triedNow.add(node.getId());
    dispatch(group, triedNow, failure);
  }

  private void settleUnserved(List<Integer> positions, InferenceException failure) {
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
    return new InferenceException(
        InferenceException.Kind.MODEL_UNAVAILABLE,
        "no inference node is in the cluster, at least one node needs [sightline.inference.enabled:"
            + " true]");
  }
}
