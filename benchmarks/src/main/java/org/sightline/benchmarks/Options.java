package org.sightline.benchmarks;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * How the table was asked for.
 *
 * @param checkout root of the repository
 * @param quick fewer pictures and rounds
 * @param only ids of rows; empty for all
 * @param python with the packages that the rivals need, or null
 */
public record Options(Path checkout, boolean quick, Set<String> only, Path python) {
  /** Keeps a copy of the rows. */
  public Options {
    only = Set.copyOf(only);
  }

  /**
   * Reads {@code CHECKOUT [--quick] [--only ROW,ROW] [--python FILE]}.
   *
   * @param rows ids that there are
   * @throws IllegalArgumentException saying what is not understood, and what is
   */
  public static Options parse(List<String> arguments, Set<String> rows) {
    boolean quick = false;
    Set<String> only = new TreeSet<>();
    Path python = null;
    for (int i = 1; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      boolean valued = argument.equals("--only") || argument.equals("--python");
      if (valued && i + 1 == arguments.size()) {
        throw new IllegalArgumentException("[" + argument + "] needs a value");
      }
      switch (argument) {
        case "--quick" -> quick = true;
        case "--only" -> only.addAll(List.of(arguments.get(++i).split(",")));
        case "--python" -> python = Path.of(arguments.get(++i));
        default ->
            throw new IllegalArgumentException(
                "[" + argument + "] is not an option: there are --quick and --only ROW,ROW");
      }
    }
    for (String id : only) {
      if (rows.contains(id) == false) {
        throw new IllegalArgumentException(
            "[--only] knows " + new TreeSet<>(rows) + ", got [" + id + "]");
      }
    }
    return new Options(Path.of(arguments.get(0)), quick, only, python);
  }

  /** Whether a row was asked for. */
  public boolean wants(String row) {
    return only.isEmpty() || only.contains(row);
  }
}
