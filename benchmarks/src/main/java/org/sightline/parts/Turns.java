package org.sightline.parts;

import java.util.List;

/** Hands out inputs one after the other, round and round. For one thread. */
final class Turns<T> {
  private final List<T> inputs;
  private int next;

  Turns(List<T> inputs) {
    this.inputs = List.copyOf(inputs);
  }

  T next() {
    T input = inputs.get(next);
    next = next + 1 == inputs.size() ? 0 : next + 1;
    return input;
  }
}
