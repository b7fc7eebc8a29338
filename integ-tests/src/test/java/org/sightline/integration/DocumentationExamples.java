package org.sightline.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The requests in the blocks of a Markdown file that are marked {@code console}.
 *
 * <p>A block is left out only where the last line of text above it says so to the reader: {@code
 * Not run by the tests: } and a reason.
 */
final class DocumentationExamples {
  private static final Pattern REQUEST = Pattern.compile("(GET|PUT|POST|DELETE|HEAD) (\\S+)\\s*");
  private static final Pattern LEFT_OUT = Pattern.compile("\\**_?Not run by the tests: (\\S.{9,})");
  private static final String FENCE = "```";

  /**
   * A request as the reader sees it.
   *
   * @param place file and line, for messages
   * @param method HTTP method
   * @param path path with parameters
   * @param body JSON, JSON lines, or null
   */
  record Example(String place, String method, String path, String body) {}

  private final List<Example> examples = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();

  private DocumentationExamples() {}

  static DocumentationExamples read(Path file) throws IOException {
    DocumentationExamples found = new DocumentationExamples();
    List<String> lines = Files.readAllLines(file);
    String above = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.startsWith(FENCE)) {
        above = line.isEmpty() ? above : line;
        continue;
      }
      int end = i + 1;
      while (end < lines.size() && !lines.get(end).strip().equals(FENCE)) {
        end++;
      }
      if (line.equals(FENCE + "console")) {
        found.add(file, i + 1, lines.subList(i + 1, end), above);
      } else if (line.startsWith(FENCE + "console")) {
        throw new IOException(file + ":" + (i + 1) + " marks a block [" + line + "]");
      }
      above = "";
      i = end;
    }
    return found;
  }

  private void add(Path file, int firstLine, List<String> block, String above) throws IOException {
    Matcher reason = LEFT_OUT.matcher(above);
    if (reason.matches()) {
      leftOut.add(file.getFileName() + ":" + firstLine + " " + reason.group(1));
      return;
    }
    int before = examples.size();
    for (int i = 0; i < block.size(); i++) {
      Matcher request = REQUEST.matcher(block.get(i));
      if (!request.matches()) {
        if (!block.get(i).isBlank() && !block.get(i).startsWith("#")) {
          throw new IOException(file + ":" + (firstLine + i + 1) + " is not part of a request");
        }
        continue;
      }
      StringBuilder body = new StringBuilder();
      int next = i + 1;
      while (next < block.size() && !REQUEST.matcher(block.get(next)).matches()) {
        body.append(block.get(next)).append('\n');
        next++;
      }
      examples.add(
          new Example(
              file.getFileName() + ":" + (firstLine + i + 1),
              request.group(1),
              request.group(2),
              body.toString().isBlank() ? null : body.toString().strip() + "\n"));
      i = next - 1;
    }
    if (examples.size() == before) {
      throw new IOException(file + ":" + firstLine + " is a console block without a request");
    }
  }

  List<Example> examples() {
    return examples;
  }

  /** Places and reasons of the blocks that are not run. */
  List<String> leftOut() {
    return leftOut;
  }
}
