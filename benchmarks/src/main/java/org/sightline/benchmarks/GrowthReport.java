package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What became of the rows of growth, as a table and as JSON. */
final class GrowthReport implements Outcome<Growth> {

  /**
   * One row and its outcome.
   *
   * @param points smallest first; empty where nothing was measured
   * @param missing what happened instead, or null
   * @param note what else is to be known, or the reason why there is nothing
   */
  private record Entry(Growth row, List<Growth.Point> points, String missing, String note) {
    String line() {
      return missing == null ? note : missing + ": " + note;
    }
  }

  private final Map<String, Entry> entries = new LinkedHashMap<>();

  void measured(Growth row, List<Growth.Point> points, String note) {
    entries.put(row.id(), new Entry(row, List.copyOf(points), null, note));
  }

  @Override
  public void notMeasured(Growth row, String reason) {
    entries.put(row.id(), new Entry(row, List.of(), "not measured", reason));
  }

  @Override
  public void failed(Growth row, Throwable reason) {
    entries.put(row.id(), new Entry(row, List.of(), "failed", reason.toString()));
  }

  @Override
  public boolean knows(Growth row) {
    return entries.containsKey(row.id());
  }

  @Override
  public String line(Growth row) {
    return entries.get(row.id()).line();
  }

  @Override
  public boolean complete() {
    return entries.values().stream().allMatch(entry -> entry.missing() == null);
  }

  @Override
  public String table() {
    List<String> lines = new ArrayList<>();
    lines.add("| row | measured | at | median (min to max) | over the first | each doubling |");
    lines.add("|---|---|---|---|---|---|");
    for (Entry entry : entries.values()) {
      Growth row = entry.row();
      String id = row.id();
      String what = row.what();
      if (entry.points().isEmpty()) {
        lines.add("| " + id + " | " + what + " | | " + entry.missing() + " | | |");
      }
      for (Growth.Point point : entry.points()) {
        Growth.Point first = entry.points().get(0);
        boolean isFirst = point == first;
        String value = Spread.of(point.values()).text(row.decimals()) + " " + row.unit();
        String over = isFirst ? "1" : times(point.over(first));
        String each = isFirst ? "" : times(point.aDoubling(first));
        lines.add("| " + String.join(" | ", id, what, point.at(), value, over, each) + " |");
        id = ""; // said once
        what = "";
      }
    }
    lines.add("");
    entries.values().forEach(entry -> lines.add("- " + entry.row().id() + ": " + entry.line()));
    return String.join("\n", lines);
  }

  private static String times(List<Double> ratios) {
    return Spread.of(ratios).text(2) + "×";
  }

  @Override
  public ObjectNode json(ObjectMapper mapper) {
    ObjectNode json = mapper.createObjectNode();
    for (Entry entry : entries.values()) {
      ObjectNode row = json.putObject(entry.row().id());
      row.put("measured", entry.row().what()).put("unit", entry.row().unit());
      ArrayNode points = row.putArray("points");
      for (Growth.Point point : entry.points()) {
        ObjectNode at = points.addObject().put("at", point.at()).put("size", point.size());
        point.values().forEach(at.putArray("rounds")::add);
      }
      row.put("note", entry.line());
    }
    return json;
  }
}
