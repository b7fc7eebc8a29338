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
 * @param documents of the largest index, or 0 for as many as there are by default
 */
public record Options(Path checkout, boolean quick, Set<String> only, Path python, int documents) {
  private static final int FEWEST_DOCUMENTS = 1_000;
  private static final int MOST_DOCUMENTS = 10_000_000;

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
    return parse(arguments, rows, false);
  }

  /** The same with {@code [--documents N]}. */
  static Options parseWithDocuments(List<String> arguments, Set<String> rows) {
    return parse(arguments, rows, true);
  }

  private static Options parse(List<String> arguments, Set<String> rows, boolean counted) {
    boolean quick = false;
    int documents = 0;
    Set<String> only = new TreeSet<>();
    Path python = null;
    for (int i = 1; i < arguments.size(); i++) {
      String argument = arguments.get(i);
      boolean counts = counted && argument.equals("--documents");
      boolean valued = counts || argument.equals("--only") || argument.equals("--python");
      if (valued && i + 1 == arguments.size()) {
        throw new IllegalArgumentException("[" + argument + "] needs a value");
      }
      if (counts) {
        documents = documents(arguments.get(++i));
        continue;
      }
      switch (argument) {
        case "--quick" -> quick = true;
        case "--only" -> only.addAll(List.of(arguments.get(++i).split(",")));
        case "--python" -> python = Path.of(arguments.get(++i));
        default ->
            throw new IllegalArgumentException(
                "["
                    + argument
                    + "] is not an option: there are --quick"
                    + (counted ? ", --documents N" : "")
                    + (rows.isEmpty() ? "" : " and --only ROW,ROW"));
      }
    }
    for (String id : only) {
      if (rows.contains(id) == false) {
        throw new IllegalArgumentException(
            "[--only] knows " + new TreeSet<>(rows) + ", got [" + id + "]");
      }
    }
    return new Options(Path.of(arguments.get(0)), quick, only, python, documents);
  }

  private static int documents(String value) {
    String allowed = "[--documents] is from " + FEWEST_DOCUMENTS + " to " + MOST_DOCUMENTS;
    try {
      int documents = Integer.parseInt(value);
      if (documents >= FEWEST_DOCUMENTS && documents <= MOST_DOCUMENTS) {
        return documents;
      }
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(allowed + ", got [" + value + "]", e);
    }
    throw new IllegalArgumentException(allowed + ", got [" + value + "]");
  }

  /** Whether a row was asked for. */
  public boolean wants(String row) {
    return only.isEmpty() || only.contains(row);
  }
}
