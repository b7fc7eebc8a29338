package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What became of the rows, as a table and as JSON. */
final class Report implements Outcome<Row> {

  /** What became of a row. */
  enum State {
    PASS,
    MISSED,
    FAILED,
    NOT_MEASURED
  }

  /**
   * One row and its outcome.
   *
   * @param values a value for each round; empty where nothing was measured
   * @param note absolute numbers behind the ratio, or the reason why there is none
   */
  record Entry(Row row, State state, List<Double> values, String note) {
    Entry {
      values = List.copyOf(values);
    }

    boolean measured() {
      return state == State.PASS || state == State.MISSED;
    }

    /** Median and range, or what happened instead. */
    String value() {
      return measured()
          ? Spread.of(values).text(row.goal().decimals()) + row.goal().unit()
          : state == State.FAILED ? "failed" : "not measured";
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * A row was measured.
   *
   * @param values what the goal is about, one for each round
   * @param holds whatever else must hold for the goal, such as equal scores
   */
  void measured(Row row, List<Double> values, boolean holds, String note) {
    boolean reached = holds && row.goal().reachedBy(Spread.of(values));
    put(new Entry(row, reached ? State.PASS : State.MISSED, values, note));
  }

  void measured(Row row, List<Double> values, String note) {
    measured(row, values, true, note);
  }

  @Override
  public void failed(Row row, Throwable reason) {
    put(new Entry(row, State.FAILED, List.of(), String.valueOf(reason)));
  }

  @Override
  public void notMeasured(Row row, String reason) {
    put(new Entry(row, State.NOT_MEASURED, List.of(), reason));
  }

  private void put(Entry entry) {
    entries.put(entry.row().id(), entry);
  }

  @Override
  public boolean knows(Row row) {
    return entries.containsKey(row.id());
  }

  @Override
  public String line(Row row) {
    return entry(row).value() + "; " + entry(row).note();
  }

  Entry entry(Row row) {
    return entries.get(row.id());
  }

  @Override
  public boolean complete() {
    return entries.values().stream().allMatch(Entry::measured);
  }

  @Override
  public String table() {
    List<String> lines = new ArrayList<>();
    lines.add("| row | measured | over | median (min to max) | goal | |");
    lines.add("|---|---|---|---|---|---|");
    for (Entry entry : entries.values()) {
      Row row = entry.row();
      lines.add(
          "| "
              + String.join(
                  " | ",
                  row.id(),
                  row.what(),
                  row.rival(),
                  entry.value(),
                  row.goal().text(),
                  verdict(entry.state()))
              + " |");
    }
    lines.add("");
    for (Entry entry : entries.values()) {
      lines.add("- " + entry.row().id() + ": " + entry.note());
    }
    return String.join("\n", lines);
  }

  private static String verdict(State state) {
    return switch (state) {
      case PASS -> "pass";
      case MISSED -> "**missed**";
      case FAILED, NOT_MEASURED -> "";
    };
  }

  @Override
  public ObjectNode json(ObjectMapper mapper) {
    ObjectNode json = mapper.createObjectNode();
    for (Entry entry : entries.values()) {
      ObjectNode row = json.putObject(entry.row().id());
      row.put("measured", entry.row().what()).put("rival", entry.row().rival());
      row.put("goal", entry.row().goal().text())
          .put("state", entry.state().name().toLowerCase(Locale.ROOT));
      if (entry.measured()) {
        Spread spread = Spread.of(entry.values());
        row.put("median", spread.median()).put("min", spread.min()).put("max", spread.max());
      }
      entry.values().forEach(row.putArray("rounds")::add);
      row.put("note", entry.note());
    }
    return json;
  }
}
