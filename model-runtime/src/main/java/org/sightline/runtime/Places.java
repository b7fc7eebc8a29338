package org.sightline.runtime;

import java.util.HashMap;
import java.util.Map;
import org.sightline.inference.InferenceException;

/** Places that one request takes in several queues: all that it needs, or none. */
final class Places {
  private final Map<BatchQueue<?>, Integer> taken = new HashMap<>();

  /**
   * @throws InferenceException of kind {@code OVERLOADED}, after which the caller gives back
   */
  void take(BatchQueue<?> queue, int count) {
    if (count > 0) {
      queue.reserve(count);
      taken.put(queue, count);
    }
  }

  void giveBack() {
    taken.forEach(BatchQueue::unreserve);
  }
}
