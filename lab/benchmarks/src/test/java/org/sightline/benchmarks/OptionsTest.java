package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.sightline.benchmarks.Row.Goal;

class OptionsTest {
  private static final Set<String> ROWS = Set.of("a", "b", "c");

  private static Options parse(boolean counted, String... arguments) {
    return Options.parse(Path.of("/here"), List.of(arguments), ROWS, counted);
  }

  private static Row row(String id) {
    return new Row(id, "a row", "another", Goal.ratioOfAtLeast(2));
  }

  @Test
  void rowsAreChosen() {
    Options options = parse(false, "--only", "a,b", "--quick", "--python", "/p");
    assertTrue(options.quick());
    assertTrue(options.wants(row("a")) && options.wants(row("b")));
    assertFalse(options.wants(row("c")));
    assertEquals(Path.of("/p"), options.python());
  }

  @Test
  void withoutAChoiceAllAreWanted() {
    assertTrue(parse(false).wants(row("c")));
    assertFalse(parse(false).quick());
  }

  @Test
  void whatIsNotUnderstoodIsSaid() {
    assertEquals("[--only] knows [a, b, c], got [d]", refusal(false, "--only", "d"));
    assertEquals("[--only] needs a value", refusal(false, "--only"));
    assertEquals(
        "[--slow] is not an option: there are --quick and --only ROW,ROW",
        refusal(false, "--slow"));
  }

  @Test
  void documentsAreCountedWhereTheyMatter() {
    assertEquals(0, parse(true).documents());
    assertEquals(1_000_000, parse(true, "--documents", "1000000").documents());
    assertEquals(
        "[--documents] is not an option: there are --quick and --only ROW,ROW",
        refusal(false, "--documents", "5000"));
    for (String wrong : List.of("999", "10000001", "many")) {
      assertEquals(
          "[--documents] is from 1000 to 10000000, got [" + wrong + "]",
          refusal(true, "--documents", wrong));
    }
    assertEquals(
        "[--slow] is not an option: there are --quick, --documents N and --only ROW,ROW",
        refusal(true, "--slow"));
  }

  private static String refusal(boolean counted, String... arguments) {
    return assertThrows(IllegalArgumentException.class, () -> parse(counted, arguments))
        .getMessage();
  }
}
