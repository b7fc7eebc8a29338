package org.sightline.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The words behind a command: values in order, and options {@code --name value} or {@code
 * --name=value}, each at most once.
 *
 * @param values what is no option
 * @param options by name, dashes included
 */
record Arguments(List<String> values, Map<String, String> options) {

  /**
   * Splits the words.
   *
   * @param allowed names of the options that the command knows
   */
  static Arguments parse(List<String> words, Set<String> allowed) {
    List<String> values = new ArrayList<>();
    Map<String, String> options = new TreeMap<>();
    for (int at = 0; at < words.size(); at++) {
      String word = words.get(at);
      if (word.startsWith("-") == false) {
        values.add(word);
        continue;
      }
      int equals = word.indexOf('=');
      String name = equals < 0 ? word : word.substring(0, equals);
      if (allowed.contains(name) == false) {
        throw new UsageException(
            "unknown option [" + name + "], expected only " + new TreeSet<>(allowed));
      }
      String value;
      if (equals >= 0) {
        value = word.substring(equals + 1);
      } else if (at + 1 < words.size() && words.get(at + 1).startsWith("--") == false) {
        value = words.get(++at);
      } else {
        value = "";
      }
      if (value.isEmpty()) {
        throw new UsageException("option [" + name + "] needs a value");
      }
      if (options.putIfAbsent(name, value) != null) {
        throw new UsageException("option [" + name + "] stands twice");
      }
    }
    return new Arguments(List.copyOf(values), options);
  }

  /** The option's value, or null. */
  String option(String name) {
    return options.get(name);
  }

  /** The option as a number, or null. */
  Float number(String name) {
    String value = options.get(name);
    if (value == null) {
      return null;
    }
    try {
      float number = Float.parseFloat(value);
      if (Float.isFinite(number)) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw new UsageException("option [" + name + "] must be a number, got [" + value + "]");
    }
    throw new UsageException("option [" + name + "] must be finite, got [" + value + "]");
  }

  /**
   * The option as an integer.
   *
   * @param least that is allowed
   * @param otherwise where the option is not given
   */
  long integer(String name, long least, long otherwise) {
    String value = options.get(name);
    if (value == null) {
      return otherwise;
    }
    try {
      long number = Long.parseLong(value);
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw notInteger(name, least, value);
    }
    throw notInteger(name, least, value);
  }

  private static UsageException notInteger(String name, long least, String value) {
    return new UsageException(
        "option [" + name + "] must be an integer of at least " + least + ", got [" + value + "]");
  }

  /** The only value; {@code what} names it for messages. */
  String only(String what) {
    if (values.size() != 1) {
      throw new UsageException("expected one " + what + ", got " + values);
    }
    return values.get(0);
  }
}
