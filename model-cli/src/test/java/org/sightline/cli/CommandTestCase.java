package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;

/** A command with a clock on which waiting takes no time. */
abstract class CommandTestCase {
  static final Path FIXTURES = Path.of("../model-runtime/src/test/fixtures");
  static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

  @TempDir Path temporary;

  /** How long the command wanted to wait, in order. */
  final List<Duration> waits = new ArrayList<>();

  final Map<String, String> environment = new HashMap<>();
  boolean terminal;
  Duration patience = Duration.ofMinutes(1);

  /** Words that results have for texts that differ from run to run; {@code TMP} is a folder. */
  final Map<String, String> placeholders = new LinkedHashMap<>();

  record Result(int code, String out, String err) {}

  Result run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ProcessContext context =
        new ProcessContext(environment, terminal, patience, waits::add, InstantSource.fixed(NOW));
    int code =
        new SightlineModels(bundled(), models(), print(out), print(err), context)
            .run(List.of(words));
    return new Result(code, shown(out), shown(err));
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  private String shown(ByteArrayOutputStream bytes) {
    placeholders.put(temporary.toString(), "TMP");
    String text = bytes.toString(StandardCharsets.UTF_8);
    for (Map.Entry<String, String> placeholder : placeholders.entrySet()) {
      text = text.replace(placeholder.getKey(), placeholder.getValue());
    }
    return text;
  }

  Path bundled() {
    return temporary.resolve("plugin-models");
  }

  Path models() {
    return temporary.resolve("config/models");
  }

  /** Seconds that the command wanted to wait, in order. */
  String waited() {
    return waits.stream().map(time -> "" + time.toSeconds()).collect(Collectors.joining(" "));
  }

  static void assertStarts(String start, String text) {
    assertTrue(text.startsWith(start), text);
  }

  static void assertContains(String part, String text) {
    assertTrue(text.contains(part), text);
  }

  static void assertEnds(String end, String text) {
    assertTrue(text.endsWith(end), text);
  }

  /** The command succeeded. */
  static void assertDone(Result result) {
    assertEquals(SightlineModels.OK, result.code(), result::toString);
  }

  /** The command failed with that message at its end. */
  static void assertFailed(String message, Result result) {
    assertEquals(SightlineModels.FAILED, result.code(), result::toString);
    List<String> lines = result.err().lines().toList();
    assertEquals("error: " + message, lines.get(lines.size() - 1));
  }

  /** The command failed with a message that has that part. */
  static void assertFailedWith(String part, Result result) {
    assertEquals(SightlineModels.FAILED, result.code(), result::toString);
    assertContains(part, result.err());
  }
}
