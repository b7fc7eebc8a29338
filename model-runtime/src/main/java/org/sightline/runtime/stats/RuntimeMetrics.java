package org.sightline.runtime.stats;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.stats.RuntimeStats.Stage;

/** What a runtime counts, over all models. Thread-safe. */
public final class RuntimeMetrics {
  private final LongAdder requests = new LongAdder();
  private final LongAdder inputs = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder rejections = new LongAdder();
  private final Map<Role, BatchCounter> batches = new EnumMap<>(Role.class);
  private final Map<Stage, TimeHistogram> stages = new EnumMap<>(Stage.class);

  private final Supplier<RuntimeStats.Memory> memory;

  public RuntimeMetrics() {
    this(() -> RuntimeStats.Memory.NONE);
  }

  /**
   * @param memory native memory of models now
   */
  public RuntimeMetrics(Supplier<RuntimeStats.Memory> memory) {
    this.memory = memory;
    for (Role role : Role.values()) {
      batches.put(role, new BatchCounter());
    }
    for (Stage stage : Stage.values()) {
      stages.put(stage, new TimeHistogram());
    }
  }

  public void request(int size) {
    requests.increment();
    inputs.add(size);
  }

  public void failed(int count) {
    failures.add(count);
  }

  public void rejected() {
    rejections.increment();
  }

  /** Records how long an input of a role waited, for its preparation and for its batch. */
  public void waited(Role role, long nanos) {
    stage(Stage.QUEUE).record(nanos);
    batches(role).waited(nanos);
  }

  public BatchCounter batches(Role role) {
    return batches.get(role);
  }

  public TimeHistogram stage(Stage stage) {
    return stages.get(stage);
  }

  /**
   * @param depths what waits and may wait, by role
   */
  public RuntimeStats snapshot(
      RuntimeStats.Cache features,
      RuntimeStats.Cache texts,
      FeatureFiles.Stats disk,
      Map<Role, QueueDepth> depths) {
    Map<Role, RuntimeStats.RoleStats> roles = new EnumMap<>(Role.class);
    batches.forEach(
        (role, counter) -> {
          QueueDepth depth = depths.getOrDefault(role, QueueDepth.NONE);
          roles.put(role, counter.snapshot(depth));
        });
    Map<Stage, RuntimeStats.StageStats> times = new EnumMap<>(Stage.class);
    stages.forEach((stage, histogram) -> times.put(stage, histogram.snapshot()));
    return new RuntimeStats(
        requests.sum(),
        inputs.sum(),
        failures.sum(),
        rejections.sum(),
        features,
        texts,
        disk,
        memory.get(),
        roles,
        times);
  }

  /**
   * Waiting inputs of one queue, or the sum over queues.
   *
   * @param waiting inputs that are admitted and do not run yet
   * @param limit largest number of waiting inputs of each purpose
   * @param work estimated work of the waiting inputs, in the unit of the role
   * @param workLimit largest estimated work of the waiting inputs of each purpose
   */
  public record QueueDepth(long waiting, long limit, long work, long workLimit) {
    static final QueueDepth NONE = new QueueDepth(0, 0, 0, 0);

    public QueueDepth plus(QueueDepth other) {
      return new QueueDepth(
          waiting + other.waiting,
          limit + other.limit,
          work + other.work,
          workLimit + other.workLimit);
    }
  }
}
