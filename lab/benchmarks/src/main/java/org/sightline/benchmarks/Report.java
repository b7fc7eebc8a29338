package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Outcomes of rows, as a table in Markdown and as JSON. */
final class Report {

  /** Outcome of a row. */
  enum State {
    PASS,
    MISSED,
    FAILED,
    NOT_MEASURED
  }

  /**
   * Values at one size.
   *
   * @param at the size in words; empty for a row that does not grow
   * @param size the size, larger than the size of the point before
   * @param values one value for each round
   */
  record Point(String at, double size, List<Double> values) {
    Point {
      values = List.copyOf(values);
    }

    /** Ratios to another point, round by round. */
    List<Double> over(Point first) {
      return Spread.ratios(values, first.values);
    }

    /**
     * Factor for each doubling of the size from another point to this one: 1 where the size does
     * not matter, 2 where the value grows in proportion.
     */
    List<Double> aDoubling(Point first) {
      double doublings = Math.log(size / first.size) / Math.log(2);
      return over(first).stream().map(ratio -> Math.pow(ratio, 1 / doublings)).toList();
    }

    private String text(Row row) {
      return Spread.of(values).text(row.goal().decimals()) + row.goal().unit();
    }
  }

  /**
   * One row and its outcome.
   *
   * @param points smallest size first; empty where nothing was measured
   * @param note absolute numbers behind a ratio, or the reason why there is no value
   */
  record Entry(Row row, State state, List<Point> points, String note) {
    boolean measured() {
      return points.isEmpty() == false;
    }

    /** Median and range at the largest size, or the state. */
    String value() {
      return measured()
          ? points.get(points.size() - 1).text(row)
          : state == State.FAILED ? "failed" : "not measured";
    }

    private List<String> lines() {
      if (row.grows() == false) {
        String verdict = state == State.PASS ? "pass" : state == State.MISSED ? "**missed**" : "";
        return List.of(
            line(row.id(), row.what(), row.rival(), value(), row.goal().text(), verdict));
      }
      if (measured() == false) {
        return List.of(line(row.id(), row.what(), "", value(), "", ""));
      }
      List<String> lines = new ArrayList<>();
      Point first = points.get(0);
      lines.add(line(row.id(), row.what(), first.at(), first.text(row), "1", ""));
      for (Point point : points.subList(1, points.size())) {
        String over = times(point.over(first));
        lines.add(line("", "", point.at(), point.text(row), over, times(point.aDoubling(first))));
      }
      return lines;
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * Reports a row with a goal.
   *
   * @param values the values of the goal, one for each round
   * @param holds whether everything else holds that the goal demands, such as equal scores
   */
  void measured(Row row, List<Double> values, boolean holds, String note) {
    boolean reached = holds && row.goal().reachedBy(Spread.of(values));
    List<Point> points = List.of(new Point("", 1, values));
    put(new Entry(row, reached ? State.PASS : State.MISSED, points, note));
  }

  void measured(Row row, List<Double> values, String note) {
    measured(row, values, true, note);
  }

  /** Reports a row that grows; smallest size first. */
  void grown(Row row, List<Point> points, String note) {
    put(new Entry(row, State.PASS, List.copyOf(points), note));
  }

  /** Reports a row for which something was missing. */
  void notMeasured(Row row, String reason) {
    put(new Entry(row, State.NOT_MEASURED, List.of(), reason));
  }

  /** Reports a row whose part went wrong. */
  void failed(Row row, Throwable reason) {
    put(new Entry(row, State.FAILED, List.of(), String.valueOf(reason)));
  }

  private void put(Entry entry) {
    entries.put(entry.row().id(), entry);
  }

  /** The outcome of a row, or null. */
  Entry entry(Row row) {
    return entries.get(row.id());
  }

  /** Whether every row that was asked for was measured. */
  boolean complete() {
    return entries.values().stream().allMatch(Entry::measured);
  }

  /** A table in Markdown, with a note for each row below it. */
  String table() {
    boolean growth = entries.values().stream().anyMatch(entry -> entry.row().grows());
    List<String> lines = new ArrayList<>();
    lines.add(
        growth
            ? line(
                "row", "measured", "at", "median (min to max)", "over the first", "each doubling")
            : "| row | measured | over | median (min to max) | goal | |");
    lines.add("|" + "---|".repeat(6));
    entries.values().forEach(entry -> lines.addAll(entry.lines()));
    lines.add("");
    entries.values().forEach(entry -> lines.add("- " + entry.row().id() + ": " + entry.note()));
    return String.join("\n", lines);
  }

  private static String line(String... cells) {
    return "| " + String.join(" | ", cells) + " |";
  }

  private static String times(List<Double> ratios) {
    return Spread.of(ratios).text(2) + "×";
  }

  /** Everything, the value of each round included. */
  ObjectNode json(ObjectMapper mapper) {
    ObjectNode json = mapper.createObjectNode();
    for (Entry entry : entries.values()) {
      ObjectNode row = json.putObject(entry.row().id()).put("measured", entry.row().what());
      row.put("state", entry.state().name().toLowerCase(Locale.ROOT)).put("note", entry.note());
      if (entry.row().grows() == false) {
        row.put("rival", entry.row().rival()).put("goal", entry.row().goal().text());
      }
      ArrayNode points = row.putArray("points");
      for (Point point : entry.points()) {
        ObjectNode at = points.addObject().put("at", point.at()).put("size", point.size());
        at.put("median", Spread.of(point.values()).median());
        point.values().forEach(at.putArray("rounds")::add);
      }
    }
    return json;
  }
}
