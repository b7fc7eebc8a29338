package org.sightline.runtime;

import java.util.HashMap;
import java.util.Map;
import org.sightline.inference.InferenceException;
import org.sightline.inference.Purpose;

/** Room that one request takes in several queues: all that it needs, or none. */
final class Places {
  private final Purpose purpose;
  private final Map<BatchQueue<?>, Amount> taken = new HashMap<>();

  Places(Purpose purpose) {
    this.purpose = purpose;
  }

  /**
   * @throws InferenceException of kind {@code OVERLOADED}, after which the caller gives back
   */
  void take(BatchQueue<?> queue, Amount amount) {
    if (amount.inputs() > 0) {
      queue.reserve(purpose, amount);
      taken.put(queue, amount);
    }
  }

  void giveBack() {
    taken.forEach((queue, amount) -> queue.unreserve(purpose, amount));
  }
}
