package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * What the documentation shows works: every request of {@code README.md} and {@code docs/} is sent,
 * in the order in which a reader meets it, README first.
 */
@ExtendWith(ClusterExtension.class)
class DocumentationExamplesIT {

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    pages.add(Installation.checkout().resolve("README.md"));
    try (Stream<Path> files = Files.list(Installation.checkout().resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    return pages;
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
