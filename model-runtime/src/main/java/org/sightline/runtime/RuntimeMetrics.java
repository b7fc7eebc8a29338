package org.sightline.runtime;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.sightline.features.FeatureFiles;
import org.sightline.inference.Role;
import org.sightline.runtime.RuntimeStats.Stage;

/** What a runtime counts, over all models. Thread-safe. */
final class RuntimeMetrics {
  private final LongAdder requests = new LongAdder();
  private final LongAdder inputs = new LongAdder();
  private final LongAdder failures = new LongAdder();
  private final LongAdder rejections = new LongAdder();
  private final Map<Role, BatchCounter> batches = new EnumMap<>(Role.class);
  private final Map<Stage, TimeHistogram> stages = new EnumMap<>(Stage.class);

  RuntimeMetrics() {
    for (Role role : Role.values()) {
      batches.put(role, new BatchCounter());
    }
    for (Stage stage : Stage.values()) {
      stages.put(stage, new TimeHistogram());
    }
  }

  void request(int size) {
    requests.increment();
    inputs.add(size);
  }

  void failed(int count) {
    failures.add(count);
  }

  void rejected() {
    rejections.increment();
  }

  BatchCounter batches(Role role) {
    return batches.get(role);
  }

  TimeHistogram stage(Stage stage) {
    return stages.get(stage);
  }

  /**
   * @param depths waiting inputs and their limit, by role
   */
  RuntimeStats snapshot(
      RuntimeStats.Cache features,
      RuntimeStats.Cache texts,
      FeatureFiles.Stats disk,
      Map<Role, QueueDepth> depths) {
    Map<Role, RuntimeStats.RoleStats> roles = new EnumMap<>(Role.class);
    batches.forEach(
        (role, counter) -> {
          QueueDepth depth = depths.getOrDefault(role, QueueDepth.NONE);
          roles.put(role, counter.snapshot(depth.waiting(), depth.limit()));
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
        roles,
        times);
  }

  /**
   * How full queues are.
   *
   * @param waiting inputs admitted and not yet running
   * @param limit inputs that may wait
   */
  record QueueDepth(long waiting, long limit) {
    static final QueueDepth NONE = new QueueDepth(0, 0);

    QueueDepth plus(QueueDepth other) {
      return new QueueDepth(waiting + other.waiting, limit + other.limit);
    }
  }
}
