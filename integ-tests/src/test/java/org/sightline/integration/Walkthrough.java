package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * A page of the documentation, or a part of it, as a script: a test does its blocks one after the
 * other, as a reader would, and {@link #end} fails where one is left. Blocks marked {@code console}
 * are requests, {@code sh} commands in the folder of the installation, {@code yaml} lines of a
 * file; blocks without a mark show what is answered or logged, where … stands for anything.
 */
public final class Walkthrough {
  private final List<DocumentationExamples.Block> blocks;
  private final Map<String, String> real = new LinkedHashMap<>();
  private int next;

  private Walkthrough(List<DocumentationExamples.Block> blocks) {
    this.blocks = blocks;
  }

  /** A whole page, by its path in the repository. */
  public static Walkthrough of(String page) {
    try {
      return new Walkthrough(
          DocumentationExamples.read(Installation.checkout().resolve(page)).blocks());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The part of a page below a heading, up to the next heading. */
  public static Walkthrough of(String page, String heading) {
    List<DocumentationExamples.Block> part =
        of(page).blocks.stream().filter(block -> block.heading().equals(heading)).toList();
    assertTrue(part.size() > 0, () -> page + " has nothing below [" + heading + "]");
    return new Walkthrough(part);
  }

  /** From here on, {@code shown} in the page's blocks means {@code meant}. */
  public Walkthrough where(String shown, String meant) {
    real.put(shown, meant);
    return this;
  }

  private DocumentationExamples.Block take(String language) {
    assertTrue(next < blocks.size(), () -> "the page has no further block, expected " + language);
    DocumentationExamples.Block block = blocks.get(next++);
    assertEquals(language, block.language(), block.place());
    return block;
  }

  private String meant(String text) {
    String result = text;
    for (Map.Entry<String, String> entry : real.entrySet()) {
      result = result.replace(entry.getKey(), entry.getValue());
    }
    return result;
  }

  /** Sends the requests of the next block, which must succeed; returns the last answer. */
  public JsonNode ask(HttpJson client) {
    JsonNode last = null;
    for (DocumentationExamples.Example example : requests()) {
      HttpJson.Reply reply = send(client, example);
      assertTrue(reply.ok(), () -> example.place() + " got " + reply.status() + reply.body());
      last = reply.body();
    }
    return last;
  }

  /** Sends the one request of the next block, which must be answered with that status. */
  public HttpJson.Reply refused(int status, HttpJson client) {
    List<DocumentationExamples.Example> requests = requests();
    assertEquals(1, requests.size(), requests::toString);
    return Requests.expect(status, send(client, requests.get(0)));
  }

  /** The requests of the next block, which are not sent. */
  public List<DocumentationExamples.Example> requests() {
    try {
      return take("console").requests();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private HttpJson.Reply send(HttpJson client, DocumentationExamples.Example example) {
    String body = example.body() == null ? null : meant(example.body());
    return client.send(example.method(), meant(example.path()), body);
  }

  /** Runs the commands of the next block with a node's configuration; returns what they print. */
  public String run(ElasticsearchNode node) {
    return node.script(script());
  }

  /** The commands of the next block. */
  public String script() {
    return String.join("\n", lines("sh"));
  }

  /** The lines of the next block, which is marked with that language. */
  public List<String> lines(String language) {
    return take(language).lines().stream().map(this::meant).toList();
  }

  /** The next block shows lines that stand in {@code actual}, in this order. */
  public void shows(String actual) {
    DocumentationExamples.Block block = take("");
    List<String> lines = new ArrayList<>(block.lines());
    String pattern =
        lines.stream()
            .map(String::strip)
            .map(line -> Stream.of(meant(line).split("…", -1)).map(Pattern::quote))
            .map(parts -> parts.collect(Collectors.joining(".*?")))
            .collect(Collectors.joining(".*?"));
    assertTrue(
        Pattern.compile(pattern, Pattern.DOTALL).matcher(actual).find(),
        () -> block.place() + " shows " + lines + ", and this is not in it:\n" + actual);
  }

  /** Fails where a block was not done. */
  public void end() {
    assertEquals(List.of(), blocks.subList(next, blocks.size()), "not done by the test");
  }
}
