package org.sightline.integration.faults;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.sightline.testsupport.load.PhotoIndex;

/** What one scenario counted, and the rules that had to hold. */
public final class FaultRow {

  /** Columns of the fault table. */
  public enum Column {
    DONE("what was done"),
    FAILED("failed"),
    LOST("documents lost"),
    WITHOUT_VECTOR("without vector"),
    REFUSED("429"),
    FAILOVERS("failovers"),
    RECOVERY("recovery"),
    HEAP("peak heap, of limit"),
    MEMORY("native memory");

    private final String title;

    Column(String title) {
      this.title = title;
    }

    /** Head of the column. */
    public String title() {
      return title;
    }
  }

  /**
   * A rule.
   *
   * @param text the rule in words
   * @param held whether it held
   * @param got what was found
   */
  public record Rule(String text, boolean held, String got) {}

  private final String scenario;
  private final Map<Column, String> figures = new EnumMap<>(Column.class);
  private final List<Rule> rules = new ArrayList<>();

  FaultRow(String scenario) {
    this.scenario = scenario;
  }

  FaultRow figure(Column column, Object value) {
    figures.put(column, value.toString());
    return this;
  }

  /** Adds a figure that has to be 0. */
  FaultRow zero(Column column, long value) {
    return zero(column, value, "");
  }

  /**
   * Adds a figure that has to be 0.
   *
   * @param example the first thing that was counted, in words
   */
  FaultRow zero(Column column, long value, String example) {
    figure(column, value);
    String got = example.isEmpty() ? Long.toString(value) : value + ", the first: " + example;
    return rule(column.title() + " = 0", value == 0, got);
  }

  /** Adds what is missing of documents that were acknowledged. */
  FaultRow documents(PhotoIndex index, long acknowledged) {
    long there = index.documents();
    zero(Column.LOST, acknowledged - there);
    return zero(Column.WITHOUT_VECTOR, there - index.withVector());
  }

  FaultRow rule(String text, boolean held, Object got) {
    rules.add(new Rule(text, held, got.toString()));
    return this;
  }

  /** Name of the scenario. */
  public String scenario() {
    return scenario;
  }

  /** The rules; at least one, because a scenario without a rule cannot fail. */
  public List<Rule> rules() {
    if (rules.isEmpty()) {
      throw new IllegalStateException("[" + scenario + "] has no rule, so it cannot fail");
    }
    return List.copyOf(rules);
  }

  /** Whether every rule held. */
  public boolean held() {
    return broken().isEmpty();
  }

  /** The rules that did not hold, with what was found. */
  public List<String> broken() {
    return rules().stream()
        .filter(rule -> rule.held() == false)
        .map(rule -> rule.text() + ": " + rule.got())
        .toList();
  }

  /** The head of the fault table in Markdown, two lines. */
  static String head() {
    StringBuilder head = new StringBuilder("| scenario |");
    for (Column column : Column.values()) {
      head.append(' ').append(column.title()).append(" |");
    }
    return head + " rules |\n|---|" + "---|".repeat(Column.values().length + 1);
  }

  /** The line of the fault table. */
  String line() {
    StringBuilder cells = new StringBuilder("| " + scenario + " |");
    for (Column column : Column.values()) {
      cells.append(' ').append(figures.getOrDefault(column, "")).append(" |");
    }
    return cells + (held() ? " held |" : " BROKEN |");
  }
}
