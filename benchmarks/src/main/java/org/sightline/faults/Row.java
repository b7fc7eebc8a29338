package org.sightline.faults;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What came of one scenario.
 *
 * @param scenario its name
 * @param figures what it counted; a column without a figure does not apply
 * @param rules what had to hold
 */
public record Row(String scenario, Map<Column, String> figures, List<Rule> rules) {

  /**
   * Something that had to hold.
   *
   * @param text the rule
   * @param held whether it did
   * @param got what there was
   */
  public record Rule(String text, boolean held, String got) {}

  public Row {
    figures = Collections.unmodifiableMap(new EnumMap<>(figures));
    rules = List.copyOf(rules);
    if (rules.isEmpty()) {
      throw new IllegalArgumentException("[" + scenario + "] has no rule, so it cannot fail");
    }
  }

  /** Whether every rule held. */
  public boolean held() {
    return rules.stream().allMatch(Rule::held);
  }

  /** The rules that did not hold, with what there was instead. */
  public List<String> broken() {
    return rules.stream()
        .filter(rule -> rule.held() == false)
        .map(rule -> rule.text() + ": " + rule.got())
        .toList();
  }

  /** A row to which figures and rules are added. */
  static final class Builder {
    private final String scenario;
    private final Map<Column, String> figures = new EnumMap<>(Column.class);
    private final List<Rule> rules = new ArrayList<>();

    Builder(String scenario) {
      this.scenario = scenario;
    }

    Builder figure(Column column, Object value) {
      figures.put(column, value.toString());
      return this;
    }

    /** A figure that has to be 0. */
    Builder zero(Column column, long value) {
      return zero(column, value, "");
    }

    /**
     * A figure that has to be 0.
     *
     * @param example the first of what was counted, in words
     */
    Builder zero(Column column, long value, String example) {
      figure(column, value);
      String got = example.isEmpty() ? Long.toString(value) : value + ", the first: " + example;
      return rule(column.title() + " = 0", value == 0, got);
    }

    Builder rule(String text, boolean held, Object got) {
      rules.add(new Rule(text, held, got.toString()));
      return this;
    }

    Row build() {
      return new Row(scenario, figures, rules);
    }
  }
}
