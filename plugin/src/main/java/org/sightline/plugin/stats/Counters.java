package org.sightline.plugin.stats;

import java.io.IOException;
import java.util.List;
import java.util.function.Function;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.cluster.Routing.Images;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.stats.RuntimeStats.Cache;
import org.sightline.runtime.stats.RuntimeStats.Memory;

/**
 * How a record that consists of counters is written, read, added and shown as JSON.
 *
 * @param names names of the counters in JSON, in the order of {@code values}
 * @param values the counters of a record
 * @param make the record of counters in the same order
 */
record Counters<T>(List<String> names, Function<T, long[]> values, Function<long[], T> make) {
  static final Counters<Cache> CACHE =
      new Counters<>(
          List.of("hits", "misses", "evictions", "entries", "bytes"),
          cache ->
              new long[] {
                cache.hits(), cache.misses(), cache.evictions(), cache.entries(), cache.bytes()
              },
          v -> new Cache(v[0], v[1], v[2], v[3], v[4]));

  static final Counters<FeatureFiles.Stats> DISK =
      new Counters<>(
          List.of("hits", "misses", "evictions", "entries", "bytes", "failures"),
          disk ->
              new long[] {
                disk.hits(),
                disk.misses(),
                disk.evictions(),
                disk.entries(),
                disk.bytes(),
                disk.failures()
              },
          v -> new FeatureFiles.Stats(v[0], v[1], v[2], v[3], v[4], v[5]));

  static final Counters<Memory> MEMORY =
      new Counters<>(
          List.of("taken_bytes", "budget_bytes", "evictions"),
          memory -> new long[] {memory.taken(), memory.budget(), memory.evictions()},
          v -> new Memory(v[0], v[1], v[2]));

  static final Counters<Images> IMAGES =
      new Counters<>(
          List.of("images", "bytes", "references"),
          images -> new long[] {images.images(), images.bytes(), images.references()},
          v -> new Images(v[0], v[1], v[2]));

  void write(StreamOutput out, T record) throws IOException {
    for (long value : values.apply(record)) {
      out.writeVLong(value);
    }
  }

  T read(StreamInput in) throws IOException {
    long[] read = new long[names.size()];
    for (int i = 0; i < read.length; i++) {
      read[i] = in.readVLong();
    }
    return make.apply(read);
  }

  T none() {
    return make.apply(new long[names.size()]);
  }

  T sum(T a, T b) {
    long[] sum = values.apply(a).clone();
    long[] more = values.apply(b);
    for (int i = 0; i < sum.length; i++) {
      sum[i] += more[i];
    }
    return make.apply(sum);
  }

  /** Writes an object into an open object. */
  void show(XContentBuilder builder, String name, T record) throws IOException {
    builder.startObject(name);
    long[] shown = values.apply(record);
    for (int i = 0; i < shown.length; i++) {
      builder.field(names.get(i), shown[i]);
    }
    builder.endObject();
  }
}
