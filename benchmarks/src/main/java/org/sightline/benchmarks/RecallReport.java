package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.sightline.vectors.IndexKind;
import org.sightline.vectors.VectorIndex;

/** What came of all collections, as tables in Markdown and as JSON. */
final class RecallReport {

  /** One collection. */
  private record Entry(
      int vectors,
      int dimensions,
      Map<RecallRow, RecallSize.Outcome> outcomes,
      Map<IndexKind, VectorIndex.Bytes> bytes) {}

  private final List<Entry> entries = new ArrayList<>();

  void add(
      int vectors,
      int dimensions,
      Map<RecallRow, RecallSize.Outcome> outcomes,
      Map<IndexKind, VectorIndex.Bytes> bytes) {
    entries.add(
        new Entry(vectors, dimensions, new LinkedHashMap<>(outcomes), new LinkedHashMap<>(bytes)));
  }

  /** Recall and time. */
  String table() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "| pictures | index | num_candidates | oversample | recall@10 | recall@100 | p50, ms"
            + " | p50 over hnsw with 100 |");
    lines.add("|---|---|---|---|---|---|---|---|");
    RecallRow base = RecallRow.all().get(1);
    for (Entry entry : entries) {
      List<Double> others = entry.outcomes().get(base).p50();
      entry
          .outcomes()
          .forEach(
              (row, got) ->
                  lines.add(
                      line(
                          count(entry.vectors()),
                          row.kind().id(),
                          row.kind() == IndexKind.FLAT ? "" : Integer.toString(row.candidates()),
                          row.oversampleText(),
                          recall(got.at10()),
                          recall(got.at100()),
                          Spread.of(got.p50()).text(1),
                          Spread.of(Spread.ratios(got.p50(), others)).text(2) + "×")));
    }
    return String.join("\n", lines);
  }

  /** Bytes a vector. */
  String sizes() {
    List<String> lines = new ArrayList<>();
    lines.add(
        "| pictures | index | dimensions | original | quantised | graph | in memory: measured"
            + " | by formula | on disk: measured | by formula |");
    lines.add("|---|---|---|---|---|---|---|---|---|---|");
    for (Entry entry : entries) {
      entry
          .bytes()
          .forEach(
              (kind, bytes) ->
                  lines.add(
                      line(
                          count(entry.vectors()),
                          kind.id(),
                          Integer.toString(entry.dimensions()),
                          each(bytes.original(), entry),
                          each(bytes.quantised(), entry),
                          each(bytes.graph(), entry),
                          each(bytes.inMemory(), entry),
                          Integer.toString(kind.memoryBytes(entry.dimensions())),
                          each(bytes.onDisk(), entry),
                          Integer.toString(kind.diskBytes(entry.dimensions())))));
    }
    return String.join("\n", lines);
  }

  private static String line(String... cells) {
    return "| " + String.join(" | ", cells) + " |";
  }

  private static String count(int vectors) {
    return String.format(Locale.ROOT, "%,d", vectors);
  }

  private static String each(long bytes, Entry entry) {
    return String.format(Locale.ROOT, "%.0f", (double) bytes / entry.vectors());
  }

  private static String recall(Double value) {
    return value == null ? "" : String.format(Locale.ROOT, "%.3f", value);
  }

  /** Everything, each round's value included. */
  ArrayNode json(ObjectMapper mapper) {
    ArrayNode json = mapper.createArrayNode();
    for (Entry entry : entries) {
      ObjectNode collection = json.addObject();
      collection.put("vectors", entry.vectors()).put("dimensions", entry.dimensions());
      ObjectNode sizes = collection.putObject("bytes");
      entry
          .bytes()
          .forEach(
              (kind, bytes) ->
                  sizes
                      .putObject(kind.id())
                      .put("original", bytes.original())
                      .put("quantised", bytes.quantised())
                      .put("graph", bytes.graph()));
      ArrayNode rows = collection.putArray("rows");
      entry
          .outcomes()
          .forEach(
              (row, got) -> {
                ObjectNode one = rows.addObject().put("index", row.kind().id());
                one.put("num_candidates", row.candidates()).put("oversample", row.oversample());
                one.put("recall@10", got.at10()).put("recall@100", got.at100());
                got.p50().forEach(one.putArray("rounds_p50_ms")::add);
              });
    }
    return json;
  }
}
