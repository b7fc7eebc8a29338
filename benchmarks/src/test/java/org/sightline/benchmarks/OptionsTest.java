package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class OptionsTest {
  private static final Set<String> ROWS = Set.of("a", "b", "c");

  @Test
  void rowsAreChosen() {
    Options options =
        Options.parse(List.of("/here", "--only", "a,b", "--quick", "--python", "/p"), ROWS);
    assertTrue(options.quick());
    assertTrue(options.wants("a") && options.wants("b"));
    assertFalse(options.wants("c"));
    assertEquals(Path.of("/p"), options.python());
  }

  @Test
  void withoutAChoiceAllAreWanted() {
    Options options = Options.parse(List.of("/here"), ROWS);
    assertTrue(options.wants("c"));
    assertFalse(options.quick());
  }

  @Test
  void whatIsNotUnderstoodIsSaid() {
    assertEquals("[--only] knows [a, b, c], got [d]", refusal(List.of("/here", "--only", "d")));
    assertEquals("[--only] needs a value", refusal(List.of("/here", "--only")));
    assertEquals(
        "[--slow] is not an option: there are --quick and --only ROW,ROW",
        refusal(List.of("/here", "--slow")));
  }

  @Test
  void documentsAreCountedWhereTheyMatter() {
    assertEquals(0, Options.parseWithDocuments(List.of("/here"), ROWS).documents());
    Options options = Options.parseWithDocuments(List.of("/here", "--documents", "1000000"), ROWS);
    assertEquals(1_000_000, options.documents());
    assertEquals(
        "[--documents] is not an option: there are --quick and --only ROW,ROW",
        refusal(List.of("/here", "--documents", "5000")));
    for (String wrong : List.of("999", "10000001", "many")) {
      assertEquals(
          "[--documents] is from 1000 to 10000000, got [" + wrong + "]",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> Options.parseWithDocuments(List.of("/here", "--documents", wrong), ROWS))
              .getMessage());
    }
    assertEquals(
        "[--slow] is not an option: there are --quick, --documents N and --only ROW,ROW",
        assertThrows(
                IllegalArgumentException.class,
                () -> Options.parseWithDocuments(List.of("/here", "--slow"), ROWS))
            .getMessage());
  }

  private static String refusal(List<String> arguments) {
    return assertThrows(IllegalArgumentException.class, () -> Options.parse(arguments, ROWS))
        .getMessage();
  }
}
