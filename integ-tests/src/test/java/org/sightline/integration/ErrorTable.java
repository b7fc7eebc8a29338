package org.sightline.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tables of mistakes in a Markdown file: rows of a mistake, a request or a command, its status,
 * and its message. The last three stand in backquotes.
 */
final class ErrorTable {
  private static final Pattern CELL_BORDER = Pattern.compile("(?<!\\\\)\\|");
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");
  private static final Pattern REQUEST =
      Pattern.compile("(GET|PUT|POST|DELETE|HEAD) (\\S+)(?: (.+))?");
  private static final String COMMAND = "sightline-models ";
  private static final String CUT = "…";

  /**
   * A row.
   *
   * @param place file and line, for messages
   * @param mistake in the words of a user
   * @param action a request or a command
   * @param status HTTP status, or the command's exit code
   * @param message as it stands there
   */
  record Row(String place, String mistake, Action action, int status, String message) {
    /** Whether a message is this one: where it ends in an ellipsis, whether it begins so. */
    boolean matches(String said) {
      return message.endsWith(CUT)
          ? said.startsWith(message.substring(0, message.length() - CUT.length()))
          : said.equals(message);
    }
  }

  /** What a user does. */
  sealed interface Action {}

  /**
   * A request.
   *
   * @param body JSON, or null
   */
  record Request(String method, String path, String body) implements Action {}

  /** A command line of {@code sightline-models}, without its name. */
  record Command(List<String> words) implements Action {}

  private ErrorTable() {}

  /** All rows of all tables that have these four columns. */
  static List<Row> read(Path file) throws IOException {
    List<Row> rows = new ArrayList<>();
    List<String> lines = Files.readAllLines(file);
    boolean table = false;
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      String place = file.getFileName() + ":" + (i + 1);
      if (line.startsWith("|") == false) {
        table = false;
      } else if (line.matches("\\| mistake \\| [^|]+ \\| (status|exit code) \\| message \\|")) {
        table = true;
      } else if (table && line.matches("[|-]+") == false) {
        rows.add(row(place, line));
      } else if (table == false) {
        throw new IOException(place + " is a table without the columns of the others");
      }
    }
    return rows;
  }

  private static Row row(String place, String line) throws IOException {
    String[] cells = CELL_BORDER.split(line);
    if (cells.length != 5) {
      throw new IOException(place + " has " + (cells.length - 1) + " cells, expected 4");
    }
    return new Row(
        place,
        cells[1].strip(),
        action(place, code(place, cells[2])),
        Integer.parseInt(code(place, cells[3])),
        code(place, cells[4]));
  }

  private static Action action(String place, String code) throws IOException {
    Matcher request = REQUEST.matcher(code);
    if (request.matches()) {
      return new Request(request.group(1), request.group(2), request.group(3));
    }
    if (code.startsWith(COMMAND)) {
      return new Command(List.of(code.substring(COMMAND.length()).split(" ")));
    }
    throw new IOException(place + " has neither a request nor a command: " + code);
  }

  private static String code(String place, String cell) throws IOException {
    Matcher code = CODE.matcher(cell.strip());
    if (code.matches() == false) {
      throw new IOException(place + " has a cell that is not one text in backquotes: " + cell);
    }
    return code.group(1).replace("\\|", "|");
  }
}
