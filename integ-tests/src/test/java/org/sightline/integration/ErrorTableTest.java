package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.ErrorTable.Command;
import org.sightline.integration.ErrorTable.Request;
import org.sightline.integration.ErrorTable.Row;

/** No row escapes by the way it is written. */
class ErrorTableTest {
  private static final String HEAD =
      "| mistake | request | status | message |\n|---|---|---|---|\n";

  @TempDir private Path folder;

  private List<Row> read(String markdown) throws IOException {
    return ErrorTable.read(Files.writeString(folder.resolve("page.md"), markdown));
  }

  @Test
  void readsRequestsAndCommands() throws IOException {
    List<Row> rows =
        read(
            "# Page\n\n"
                + HEAD
                + "| a URL | `PUT a/_doc/1 {\"b\": \"c \\| d\"}` | `400` | `[b] is a URL…` |\n"
                + "| no model | `GET _sightline/models/x` | `404` | `model [x] \\| none` |\n\n"
                + "Words.\n\n"
                + HEAD.replace("request", "command").replace("status", "exit code")
                + "| nothing there | `sightline-models import a --id b` | `1` | `the folder…` |\n");
    assertEquals(
        new Row(
            "page.md:5",
            "a URL",
            new Request("PUT", "a/_doc/1", "{\"b\": \"c | d\"}"),
            400,
            "[b] is a URL…"),
        rows.get(0));
    assertEquals(new Request("GET", "_sightline/models/x", null), rows.get(1).action());
    assertEquals(new Command(List.of("import", "a", "--id", "b")), rows.get(2).action());
    assertEquals(3, rows.size());
  }

  @Test
  void aMessageIsWholeUnlessItEndsInAnEllipsis() throws IOException {
    String row = "| x | `GET a` | `400` | `%s` |\n";
    Row whole = read(HEAD + row.replace("%s", "is empty")).get(0);
    assertTrue(whole.matches("is empty"));
    assertFalse(whole.matches("is empty, expected …"));
    Row begun = read(HEAD + row.replace("%s", "is empty, expected …")).get(0);
    assertTrue(begun.matches("is empty, expected a picture"));
    assertFalse(begun.matches("[photo] is empty, expected a picture"));
  }

  @Test
  void whatCannotBeReadFails() {
    for (String row :
        List.of(
            "| x | `GET a` | `400` |",
            "| x | GET a | `400` | `m` |",
            "| x | `FETCH a` | `400` | `m` |",
            "| x | `GET a` | 400 | `m` |",
            "| x | `GET a` | `400` | `m` and more |")) {
      assertThrows(IOException.class, () -> read(HEAD + row + "\n"), row);
    }
    assertThrows(IOException.class, () -> read("| mistake | message |\n|---|---|\n| a | b |\n"));
  }
}
