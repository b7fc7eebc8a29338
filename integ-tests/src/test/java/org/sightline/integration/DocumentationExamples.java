package org.sightline.integration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The fenced blocks of a Markdown file, and the requests in those that are marked {@code console}.
 *
 * <p>A block is left out only where the last line of text above it says so to the reader: {@code
 * Not run by the tests: } and a reason.
 */
public final class DocumentationExamples {
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
  public record Example(String place, String method, String path, String body) {}

  /**
   * A fenced block that is not left out.
   *
   * @param page the file's name
   * @param line number of the line with the opening fence
   * @param heading the heading that it stands below, without its number signs
   * @param language what the fence names, such as {@code sh}; empty where it names nothing
   * @param lines what stands between the fences
   */
  public record Block(String page, int line, String heading, String language, List<String> lines) {
    /** File and line, for messages. */
    public String place() {
      return page + ":" + line;
    }

    /** The requests of a block that is marked {@code console}. */
    public List<Example> requests() throws IOException {
      return requestsOf(this);
    }
  }

  private final List<Block> blocks = new ArrayList<>();
  private final List<String> leftOut = new ArrayList<>();

  private DocumentationExamples() {}

  /** Reads a page. */
  public static DocumentationExamples read(Path file) throws IOException {
    DocumentationExamples found = new DocumentationExamples();
    List<String> lines = Files.readAllLines(file);
    String above = "";
    String heading = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i).strip();
      if (!line.startsWith(FENCE)) {
        above = line.isEmpty() ? above : line;
        heading = line.startsWith("#") ? line.replaceFirst("#+ *", "") : heading;
        continue;
      }
      int end = i + 1;
      while (end < lines.size() && !lines.get(end).strip().equals(FENCE)) {
        end++;
      }
      String language = line.substring(FENCE.length());
      if (language.startsWith("console") && language.length() > "console".length()) {
        throw new IOException(file + ":" + (i + 1) + " marks a block [" + line + "]");
      }
      Block block =
          new Block(
              file.getFileName().toString(),
              i + 1,
              heading,
              language,
              List.copyOf(lines.subList(i + 1, end)));
      Matcher reason = LEFT_OUT.matcher(above);
      if (reason.matches()) {
        found.leftOut.add(block.place() + " " + reason.group(1));
      } else {
        found.blocks.add(block);
      }
      above = "";
      i = end;
    }
    return found;
  }

  private static List<Example> requestsOf(Block block) throws IOException {
    List<Example> examples = new ArrayList<>();
    List<String> lines = block.lines();
    for (int i = 0; i < lines.size(); i++) {
      Matcher request = REQUEST.matcher(lines.get(i));
      if (!request.matches()) {
        if (!lines.get(i).isBlank() && !lines.get(i).startsWith("#")) {
          throw new IOException(block.place() + " has a line that is not part of a request");
        }
        continue;
      }
      StringBuilder body = new StringBuilder();
      int next = i + 1;
      while (next < lines.size() && !REQUEST.matcher(lines.get(next)).matches()) {
        body.append(lines.get(next)).append('\n');
        next++;
      }
      examples.add(
          new Example(
              block.page() + ":" + (block.line() + 1 + i),
              request.group(1),
              request.group(2),
              body.toString().isBlank() ? null : body.toString().strip() + "\n"));
      i = next - 1;
    }
    if (examples.isEmpty()) {
      throw new IOException(block.place() + " is a console block without a request");
    }
    return examples;
  }

  /** All requests of the page, in their order. */
  List<Example> examples() throws IOException {
    List<Example> examples = new ArrayList<>();
    for (Block block : blocks) {
      if (block.language().equals("console")) {
        examples.addAll(block.requests());
      }
    }
    return examples;
  }

  /** The blocks of the page that are not left out, in their order. */
  public List<Block> blocks() {
    return blocks;
  }

  /** Places and reasons of the blocks that are left out. */
  List<String> leftOut() {
    return leftOut;
  }
}
