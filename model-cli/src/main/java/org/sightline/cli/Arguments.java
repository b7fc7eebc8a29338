package org.sightline.cli;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.sightline.cli.web.TransferException;

/**
 * The words behind a command: values in order, options {@code --name value} or {@code
 * --name=value}, and flags {@code --name}, each at most once.
 *
 * @param values what is no option
 * @param options by name, dashes included
 */
record Arguments(List<String> values, Map<String, String> options) {
  private static final int MAX_SECRET_BYTES = 4096;

  /** The value of a flag that is given. */
  private static final String SET = "true";

  /**
   * Splits the words.
   *
   * @param allowed names of the options that the command knows
   * @param flags names of those that take no value
   */
  static Arguments parse(List<String> words, Set<String> allowed, Set<String> flags) {
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
      boolean flag = flags.contains(name);
      if (flag == false && allowed.contains(name) == false) {
        Set<String> all = new TreeSet<>(allowed);
        all.addAll(flags);
        throw new UsageException("unknown option [%s], expected only %s", name, all);
      }
      if (flag && equals >= 0) {
        throw new UsageException("option [%s] takes no value, got [%s]", name, word);
      }
      String value;
      if (flag) {
        value = SET;
      } else if (equals >= 0) {
        value = word.substring(equals + 1);
      } else if (at + 1 < words.size() && words.get(at + 1).startsWith("--") == false) {
        value = words.get(++at);
      } else {
        value = "";
      }
      if (value.isEmpty()) {
        throw new UsageException("option [%s] needs a value", name);
      }
      if (options.putIfAbsent(name, value) != null) {
        throw new UsageException("option [%s] stands twice", name);
      }
    }
    return new Arguments(List.copyOf(values), options);
  }

  /** The option's value, or null. */
  String option(String name) {
    return options.get(name);
  }

  /** Whether a flag is given. */
  boolean flag(String name) {
    return options.containsKey(name);
  }

  /** The option's value, without which the command cannot begin. */
  String required(String name) {
    String value = options.get(name);
    if (value == null) {
      throw new UsageException("option [%s] is missing", name);
    }
    return value;
  }

  /** The option as a number, or null. */
  Float number(String name) {
    String value = options.get(name);
    if (value == null) {
      return null;
    }
    float number;
    try {
      number = Float.parseFloat(value);
    } catch (NumberFormatException e) {
      throw new UsageException("option [%s] must be a number, got [%s]", name, value);
    }
    if (Float.isFinite(number) == false) {
      throw new UsageException("option [%s] must be finite, got [%s]", name, value);
    }
    return number;
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
    long number;
    try {
      number = Long.parseLong(value);
    } catch (NumberFormatException e) {
      number = Long.MIN_VALUE;
    }
    if (number < least) {
      throw new UsageException(
          "option [%s] must be an integer of at least %s, got [%s]", name, least, value);
    }
    return number;
  }

  /**
   * The text of the file that an option names. Secrets come from files or from the environment,
   * never from the command line.
   *
   * @param what the file holds, for messages
   */
  String secret(String name, String what) {
    String file = options.get(name);
    try {
      Path path = Path.of(file);
      if (Files.size(path) > MAX_SECRET_BYTES) {
        throw new TransferException("[%s] is too long for a %s", file, what);
      }
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw new TransferException(e, "[%s] holds no text", file);
    } catch (IOException e) {
      throw new TransferException(e, "the %s cannot be read: %s", what, e);
    }
  }

  /** One value or two; {@code what} names them for messages. */
  List<String> oneOrTwo(String what) {
    if (values.isEmpty() || values.size() > 2) {
      throw new UsageException("expected one %s or two, got %s", what, values);
    }
    return values;
  }

  /** The only value; {@code what} names it for messages. */
  String only(String what) {
    if (values.size() != 1) {
      throw new UsageException("expected one %s, got %s", what, values);
    }
    return values.get(0);
  }
}
