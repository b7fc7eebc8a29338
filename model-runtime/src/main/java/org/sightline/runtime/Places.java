package org.sightline.runtime;

import java.util.HashMap;
import java.util.Map;
import org.sightline.inference.InferenceException;
import org.sightline.inference.Purpose;

/** Places that one request takes in several queues: all that it needs, or none. */
final class Places {
  private final Purpose purpose;
  private final Map<BatchQueue<?>, Integer> taken = new HashMap<>();

  Places(Purpose purpose) {
    this.purpose = purpose;
  }

  /**
   * @throws InferenceException of kind {@code OVERLOADED}, after which the caller gives back
   */
  void take(BatchQueue<?> queue, int count) {
    if (count > 0) {
      queue.reserve(purpose, count);
      taken.put(queue, count);
    }
  }

  void giveBack() {
    taken.forEach((queue, count) -> queue.unreserve(purpose, count));
  }
}
