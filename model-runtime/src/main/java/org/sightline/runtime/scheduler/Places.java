package org.sightline.runtime.scheduler;

import java.util.HashMap;
import java.util.Map;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.Purpose;

/** Room that one request takes in several queues: all that it needs, or none. */
public final class Places {
  private final Purpose purpose;
  private final Map<BatchQueue<?>, Amount> taken = new HashMap<>();

  public Places(Purpose purpose) {
    this.purpose = purpose;
  }

  /**
   * @throws InferenceException of kind {@code OVERLOADED}, after which the caller gives back
   */
  public void take(BatchQueue<?> queue, Amount amount) {
    if (amount.inputs() > 0) {
      queue.reserve(purpose, amount);
      taken.put(queue, amount);
    }
  }

  public void giveBack() {
    taken.forEach((queue, amount) -> queue.unreserve(purpose, amount));
  }
}
