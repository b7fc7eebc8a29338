package org.sightline.plugin.stats;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.stats.RuntimeStats;
import org.sightline.runtime.stats.RuntimeStats.Memory;
import org.sightline.runtime.stats.RuntimeStats.RoleStats;
import org.sightline.runtime.stats.RuntimeStats.Stage;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

/** Adds the counters of nodes, bucket by bucket where times are counted. */
final class StatsSum {
  private StatsSum() {}

  static RuntimeStats of(Collection<RuntimeStats> nodes) {
    RuntimeStats sum =
        new RuntimeStats(
            0,
            0,
            0,
            0,
            Counters.CACHE.none(),
            Counters.CACHE.none(),
            Counters.DISK.none(),
            Memory.NONE,
            Map.of(),
            Map.of());
    for (RuntimeStats node : nodes) {
      sum = add(sum, node);
    }
    return sum;
  }

  private static RuntimeStats add(RuntimeStats a, RuntimeStats b) {
    Map<Role, RoleStats> roles = new EnumMap<>(Role.class);
    roles.putAll(a.roles());
    b.roles().forEach((role, stats) -> roles.merge(role, stats, StatsSum::add));
    Map<Stage, StageStats> stages = new EnumMap<>(Stage.class);
    stages.putAll(a.stages());
    b.stages().forEach((stage, stats) -> stages.merge(stage, stats, StageStats::plus));
    return new RuntimeStats(
        a.requests() + b.requests(),
        a.inputs() + b.inputs(),
        a.failures() + b.failures(),
        a.rejections() + b.rejections(),
        Counters.CACHE.sum(a.features(), b.features()),
        Counters.CACHE.sum(a.texts(), b.texts()),
        Counters.DISK.sum(a.disk(), b.disk()),
        Counters.MEMORY.sum(a.memory(), b.memory()),
        roles,
        stages);
  }

  private static RoleStats add(RoleStats a, RoleStats b) {
    List<Long> sizes = new ArrayList<>();
    for (int i = 0; i < Math.max(a.batchSizes().size(), b.batchSizes().size()); i++) {
      sizes.add(at(a.batchSizes(), i) + at(b.batchSizes(), i));
    }
    return new RoleStats(
        a.batches() + b.batches(),
        a.inputs() + b.inputs(),
        sizes,
        a.queueDepth() + b.queueDepth(),
        a.queueLimit() + b.queueLimit(),
        a.queueWork() + b.queueWork(),
        a.queueWorkLimit() + b.queueWorkLimit(),
        a.waits().plus(b.waits()));
  }

  private static long at(List<Long> sizes, int position) {
    return position < sizes.size() ? sizes.get(position) : 0;
  }
}
