package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.SortedMap;
import java.util.TreeMap;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.sightline.runtime.stats.RuntimeStats.StageStats;

/** How histograms of times are written: a few dozen filled buckets of a thousand. */
final class TimesWire {
  private TimesWire() {}

  static void write(StreamOutput out, StageStats times) throws IOException {
    out.writeVLong(times.count());
    out.writeVLong(times.totalNanos());
    out.writeMap(times.buckets(), StreamOutput::writeVInt, StreamOutput::writeVLong);
  }

  static StageStats read(StreamInput in) throws IOException {
    long count = in.readVLong();
    long totalNanos = in.readVLong();
    SortedMap<Integer, Long> buckets = new TreeMap<>();
    int filled = in.readVInt();
    for (int i = 0; i < filled; i++) {
      buckets.put(in.readVInt(), in.readVLong());
    }
    return new StageStats(count, totalNanos, buckets);
  }
}
