package org.sightline.plugin.app;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.elasticsearch.test.ESTestCase;

public class AppFilesTests extends ESTestCase {
  private static final int MOST_COMPRESSED = 150_000;
  private static final int MOST_LINES = 300;

  private static final Map<String, String> SMALL =
      Map.of(
          "index.html",
          "<link rel=\"stylesheet\" href=\"look.css\">"
              + "<script type=\"importmap\"></script>"
              + "<script type=\"module\" src=\"main.js\"></script>"
              + "<a href=\"https://example.org/other.html\">elsewhere</a>",
          "main.js",
          "import { a } from \"./a.js\";\nimport(\"./later.js\");",
          "a.js",
          "import { b } from\n  \"./b.js\";\nimport \"./main.js\";",
          "b.js",
          "export const b = 1;",
          "later.js",
          "export {};",
          "look.css",
          "body { color: red }",
          "unused.js",
          "nobody imports this");

  private static AppFiles read(Map<String, String> files) {
    return AppFiles.read(
        name -> {
          if (files.containsKey(name) == false) {
            throw new IllegalStateException("the page has no file [" + name + "]");
          }
          return files.get(name).getBytes(StandardCharsets.UTF_8);
        });
  }

  private static Set<String> plainNames(AppFiles files) {
    return files.all().keySet().stream()
        .map(name -> name.replaceAll("\\.[0-9a-f]{12}\\.", "."))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static String html(AppFiles files) {
    return new String(files.index().content(), StandardCharsets.UTF_8);
  }

  public void testServesWhatTheIndexLeadsToAndNothingElse() {
    AppFiles files = read(SMALL);
    assertEquals(Set.of("a.js", "b.js", "later.js", "look.css", "main.js"), plainNames(files));
    assertTrue(files.find("main.js").isEmpty());
    assertTrue(files.find("index.html").isEmpty());
    assertTrue(files.find("../index.html").isEmpty());
  }

  public void testIndexNamesFilesByTheirDigests() {
    AppFiles files = read(SMALL);
    String html = html(files);
    files
        .all()
        .forEach(
            (name, file) -> {
              assertTrue(name, name.contains("." + file.digest().substring(0, 12) + "."));
              assertTrue(
                  name + " in " + html,
                  html.contains("\"" + name + "\"") || html.contains("./" + name));
            });
    assertTrue(html, html.contains("https://example.org/other.html"));
  }

  public void testAnotherContentHasAnotherName() {
    Map<String, String> changed = new HashMap<>(SMALL);
    changed.put("b.js", "export const b = 2;");
    Set<String> before = read(SMALL).all().keySet();
    Set<String> after = new TreeSet<>(read(changed).all().keySet());
    after.removeAll(before);
    assertEquals(after.toString(), 1, after.size());
    assertNotEquals(read(SMALL).index().digest(), read(changed).index().digest());
    assertNotEquals(read(SMALL).policy(), read(changed).policy());
  }

  public void testAMissingFileKeepsTheNodeFromStarting() {
    Map<String, String> missing = new HashMap<>(SMALL);
    missing.remove("b.js");
    IllegalStateException e = expectThrows(IllegalStateException.class, () -> read(missing));
    assertEquals("the page has no file [b.js]", e.getMessage());
  }

  private static AppFiles page() {
    return AppFiles.read(AppHandlers::resource);
  }

  public void testEveryFileOfThePageIsServed() throws IOException, URISyntaxException {
    Path folder = Path.of(AppHandlers.class.getResource("index.html").toURI()).getParent();
    try (Stream<Path> files = Files.list(folder)) {
      Set<String> lying =
          files
              .map(file -> file.getFileName().toString())
              .filter(name -> name.matches(".*\\.(js|css|svg)"))
              .collect(Collectors.toCollection(TreeSet::new));
      assertEquals(lying, plainNames(page()));
    }
  }

  public void testThePageIsSmall() throws IOException {
    AppFiles page = page();
    int bytes = compressed(page.index());
    for (AppFiles.File file : page.all().values()) {
      bytes += compressed(file);
    }
    assertTrue(bytes + " bytes", bytes <= MOST_COMPRESSED);
    for (var file : page.all().entrySet()) {
      long lines = new String(file.getValue().content(), StandardCharsets.UTF_8).lines().count();
      assertTrue(
          file.getKey() + " has " + lines + " lines",
          file.getKey().endsWith(".js") == false || lines <= MOST_LINES);
    }
  }

  private static int compressed(AppFiles.File file) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
      gzip.write(file.content());
    }
    return bytes.size();
  }

  /** The policy forbids it as well; here the reason is told before a browser runs. */
  public void testNoTextBecomesMarkup() {
    for (var file : page().all().entrySet()) {
      String text = new String(file.getValue().content(), StandardCharsets.UTF_8);
      for (String sink :
          Set.of("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(")) {
        assertFalse(file.getKey() + " has " + sink, text.contains(sink));
      }
    }
  }

  public void testThePageNamesNoOtherHost() {
    for (var file : page().all().entrySet()) {
      String text = new String(file.getValue().content(), StandardCharsets.UTF_8);
      text = text.replace("http://www.w3.org/2000/svg", "").replace("http://localhost:9200", "");
      assertFalse(file.getKey(), text.contains("http://") || text.contains("https://"));
    }
  }
}
