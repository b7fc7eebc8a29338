package org.sightline.benchmarks;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Options of the command.
 *
 * @param checkout root of the repository
 * @param quick fewer pictures and rounds
 * @param only ids of the rows to measure; empty for all
 * @param python Python with the packages that the rivals need, or null
 * @param documents documents of the largest index, or 0 for the default
 */
record Options(Path checkout, boolean quick, Set<String> only, Path python, int documents) {
  private static final int FEWEST_DOCUMENTS = 1_000;
  private static final int MOST_DOCUMENTS = 10_000_000;

  Options {
    only = Set.copyOf(only);
  }

  /**
   * Reads {@code [--quick] [--only ROW,ROW] [--python FILE] [--documents N]}.
   *
   * @param rows ids of all rows
   * @param counted whether {@code --documents} is an option
   * @throws IllegalArgumentException naming what was received and what is allowed
   */
  static Options parse(Path checkout, List<String> arguments, Set<String> rows, boolean counted) {
    boolean quick = false;
    int documents = 0;
    Set<String> only = new TreeSet<>();
    Path python = null;
    for (int i = 0; i < arguments.size(); i++) {
      String option = arguments.get(i);
      if (option.equals("--quick")) {
        quick = true;
      } else if (option.equals("--only")) {
        only.addAll(List.of(value(arguments, i++).split(",")));
      } else if (option.equals("--python")) {
        python = Path.of(value(arguments, i++));
      } else if (option.equals("--documents") && counted) {
        documents = documents(value(arguments, i++));
      } else {
        String more = counted ? ", --documents N" : "";
        throw new IllegalArgumentException(
            "[" + option + "] is not an option: there are --quick" + more + " and --only ROW,ROW");
      }
    }
    for (String id : only) {
      if (rows.contains(id) == false) {
        throw new IllegalArgumentException(
            "[--only] knows " + new TreeSet<>(rows) + ", got [" + id + "]");
      }
    }
    return new Options(checkout, quick, only, python, documents);
  }

  private static String value(List<String> arguments, int at) {
    if (at + 1 == arguments.size()) {
      throw new IllegalArgumentException("[" + arguments.get(at) + "] needs a value");
    }
    return arguments.get(at + 1);
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

  boolean wants(Row row) {
    return only.isEmpty() || only.contains(row.id());
  }

  /** Folder that is kept between runs. */
  Path cache() {
    return checkout.resolve(".cache/benchmarks");
  }

  /** Whether a bundle of real size has been made. */
  boolean hasMade(String id) {
    return Files.isDirectory(cache().resolve("bundles").resolve(id));
  }
}
