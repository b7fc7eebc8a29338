package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConsoleProgressTest {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Test
  void withoutATerminalEveryTenthIsAPlainLine() {
    ConsoleProgress progress = new ConsoleProgress(out, false, "pictures", 2000);
    for (int done = 50; done <= 2000; done += 50) {
      progress.show(done);
    }
    List<String> lines = printed().lines().toList();
    assertEquals(10, lines.size(), printed());
    assertTrue(lines.get(0).startsWith("  200 of 2,000 pictures, "), lines.get(0));
    assertTrue(lines.get(0).endsWith(" s left"), lines.get(0));
    assertTrue(lines.get(9).startsWith("  2,000 of 2,000 pictures, "), lines.get(9));
    assertTrue(lines.get(9).contains(", in "), lines.get(9));
    assertTrue(printed().chars().noneMatch(c -> c == '\r' || c == '\u001b'), "control characters");
  }

  @Test
  void onATerminalTheBarIsRedrawnAndEndsWithALine() {
    ConsoleProgress progress = new ConsoleProgress(out, true, "pictures", 4);
    progress.show(1);
    progress.show(4);
    assertTrue(printed().startsWith("\r  [#######....................."), printed());
    assertTrue(printed().contains("\r  [############################] 4 of 4 pictures"), printed());
    assertTrue(printed().endsWith(System.lineSeparator()), printed());
  }
}
