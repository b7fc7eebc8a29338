package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * What the documentation shows works: every request of {@code README.md} and {@code docs/} is sent,
 * in the order in which a reader meets it, README first. Pages in {@code docs/operations} that need
 * a cluster of their own have a test of their own, named after the page, which does all of their
 * blocks ({@link Walkthrough}).
 */
@ExtendWith(ClusterExtension.class)
class DocumentationExamplesIT {

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    pages.add(Installation.checkout().resolve("README.md"));
    for (String folder : List.of("docs", "docs/operations")) {
      try (Stream<Path> files = Files.list(Installation.checkout().resolve(folder))) {
        files
            .filter(file -> file.toString().endsWith(".md") && !hasOwnTest(file))
            .sorted()
            .forEach(pages::add);
      }
    }
    return pages;
  }

  /** The test of {@code uninstall.md} is {@code UninstallIT}. */
  private static boolean hasOwnTest(Path page) {
    String name =
        Stream.of(page.getFileName().toString().replace(".md", "").split("-"))
            .map(word -> word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1))
            .collect(Collectors.joining("", "org.sightline.integration.operations.", "IT"));
    try {
      Class.forName(name, false, DocumentationExamplesIT.class.getClassLoader());
      return page.getParent().endsWith("operations");
    } catch (ClassNotFoundException e) {
      return false;
    }
  }

  @TestFactory
  Stream<DynamicTest> everyExampleWorks(SharedCluster cluster) throws IOException {
    List<DynamicTest> tests = new ArrayList<>();
    for (Path page : pages()) {
      DocumentationExamples found = DocumentationExamples.read(page);
      for (DocumentationExamples.Example example : found.examples()) {
        String name = example.place() + " " + example.method() + " " + example.path();
        tests.add(DynamicTest.dynamicTest(name, () -> run(cluster.client(), example)));
      }
      found.leftOut().forEach(block -> System.out.println("documentation, not run: " + block));
    }
    assertFalse(tests.isEmpty(), "the documentation has no examples");
    return tests.stream();
  }

  private static void run(HttpJson client, DocumentationExamples.Example example) {
    HttpJson.Reply reply = client.send(example.method(), example.path(), example.body());
    assertTrue(reply.ok(), () -> example.place() + " got " + reply.status() + ": " + reply.body());
    if (example.path().contains("_bulk")) {
      assertFalse(reply.body().required("errors").asBoolean(), () -> reply.body().toString());
    }
    if (example.path().matches("[^?]*_search(\\?.*)?")) {
      JsonNode hits = reply.body().required("hits").required("hits");
      assertFalse(hits.isEmpty(), () -> example.place() + " finds nothing: " + reply.body());
    }
  }
}
