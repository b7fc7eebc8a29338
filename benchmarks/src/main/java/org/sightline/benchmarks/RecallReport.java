package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;
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

  /** Recall at 10 and at 100: a line for each way to search, a column for each collection. */
  String recalls() {
    return table(
        "recall@10 / @100 of %s",
        (entry, row) -> {
          RecallSize.Outcome got = entry.outcomes().get(row);
          return recall(got.at10()) + (got.at100() == null ? "" : " / " + recall(got.at100()));
        });
  }

  /** Time of a search over that of {@code hnsw} with 100 candidates in the same round. */
  String times() {
    RecallRow base = RecallRow.all().get(1);
    return table(
        "p50 of %s",
        (entry, row) -> {
          List<Double> own = entry.outcomes().get(row).p50();
          return row.equals(base)
              ? Spread.of(own).text(1) + " ms"
              : Spread.of(Spread.ratios(own, entry.outcomes().get(base).p50())).text(2) + "×";
        });
  }

  private String table(String head, BiFunction<Entry, RecallRow, String> cell) {
    List<String> heads = new ArrayList<>(List.of("index", "num_candidates", "oversample"));
    entries.forEach(entry -> heads.add(String.format(Locale.ROOT, head, count(entry.vectors()))));
    List<String> lines = new ArrayList<>();
    lines.add(line(heads));
    lines.add("|" + "---|".repeat(heads.size()));
    for (RecallRow row : entries.get(0).outcomes().keySet()) {
      List<String> cells = new ArrayList<>();
      cells.add("`" + row.kind().id() + "`");
      cells.add(row.kind() == IndexKind.FLAT ? "" : Integer.toString(row.candidates()));
      cells.add(row.oversampleText());
      entries.forEach(entry -> cells.add(cell.apply(entry, row)));
      lines.add(line(cells));
    }
    return String.join("\n", lines);
  }

  /** Bytes a vector in the largest collection. */
  String sizes() {
    Entry largest = entries.get(entries.size() - 1);
    int dimensions = largest.dimensions();
    List<String> lines = new ArrayList<>();
    lines.add(
        "| "
            + count(largest.vectors())
            + " vectors of "
            + dimensions
            + " dimensions, bytes each | original | quantised | graph | in memory: measured"
            + " | by formula | on disk: measured | by formula |");
    lines.add("|---|---|---|---|---|---|---|---|");
    largest
        .bytes()
        .forEach(
            (kind, bytes) ->
                lines.add(
                    line(
                        List.of(
                            "`" + kind.id() + "`",
                            each(bytes.original(), largest),
                            each(bytes.quantised(), largest),
                            each(bytes.graph(), largest),
                            each(bytes.inMemory(), largest),
                            Integer.toString(kind.memoryBytes(dimensions)),
                            each(bytes.onDisk(), largest),
                            Integer.toString(kind.diskBytes(dimensions))))));
    return String.join("\n", lines);
  }

  private static String line(List<String> cells) {
    return "| " + String.join(" | ", cells) + " |";
  }

  private static String count(int vectors) {
    return String.format(Locale.ROOT, "%,d", vectors);
  }

  private static String each(long bytes, Entry entry) {
    return String.format(Locale.ROOT, "%.0f", (double) bytes / entry.vectors());
  }

  private static String recall(double value) {
    return String.format(Locale.ROOT, "%.3f", value);
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
