package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** No example escapes by the way it is written. */
class DocumentationExamplesTest {
  @TempDir private Path folder;

  private DocumentationExamples read(String markdown) throws IOException {
    return DocumentationExamples.read(Files.writeString(folder.resolve("page.md"), markdown));
  }

  @Test
  void readsSeveralRequestsOfABlockInOrder() throws IOException {
    List<DocumentationExamples.Example> examples =
        read("""
            # Page
            ```console
            PUT a/_doc/1
            { "x":
              1 }

            GET a/_search?q=b
            ```
            ```json
            { "not": "a request" }
            ```
            ```console
            POST a/_bulk
            { "index": {} }
            { "x": 2 }
            ```
            """)
            .examples();
    assertEquals(3, examples.size());
    assertEquals(
        new DocumentationExamples.Example("page.md:3", "PUT", "a/_doc/1", "{ \"x\":\n  1 }\n"),
        examples.get(0));
    assertEquals(
        new DocumentationExamples.Example("page.md:7", "GET", "a/_search?q=b", null),
        examples.get(1));
    assertEquals("{ \"index\": {} }\n{ \"x\": 2 }\n", examples.get(2).body());
  }

  @Test
  void blocksKnowTheirLanguageAndHeading() throws IOException {
    List<DocumentationExamples.Block> blocks =
        read("# Page\n```sh\n# no heading\nls\n```\n## Part\n```\ntext\n```\n").blocks();
    assertEquals(
        List.of(
            new DocumentationExamples.Block(
                "page.md", 2, "Page", "sh", List.of("# no heading", "ls")),
            new DocumentationExamples.Block("page.md", 7, "Part", "", List.of("text"))),
        blocks);
  }

  @Test
  void aBlockIsLeftOutOnlyWithAReasonThatReadersSee() throws IOException {
    String block = "```console\nGET a/_search\n```\n";
    DocumentationExamples with =
        read("Not run by the tests: it needs a second cluster.\n\n" + block);
    assertTrue(with.examples().isEmpty());
    assertEquals(List.of("page.md:3 it needs a second cluster."), with.leftOut());
    assertEquals(1, read("Not run by the tests:\n" + block).examples().size());
    assertEquals(
        1, read("<!-- Not run by the tests: hidden from you -->\n" + block).examples().size());
    // the reason counts for one block
    assertEquals(
        1, read("Not run by the tests: it needs a cluster.\n" + block + block).examples().size());
  }

  @Test
  void whatCannotBeReadFails() {
    assertThrows(IOException.class, () -> read("```console\njust words\n```\n").examples());
    assertThrows(IOException.class, () -> read("```console skip\nGET a\n```\n"));
    assertThrows(IOException.class, () -> read("```console\n\n```\n").examples());
  }
}
