package org.sightline.cli;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  record Result(int code, String out, String err) {}

  Result run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ProcessContext context =
        new ProcessContext(environment, terminal, patience, waits::add, InstantSource.fixed(NOW));
    int code =
        new SightlineModels(bundled(), models(), print(out), print(err), context)
            .run(List.of(words));
    return new Result(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static PrintStream print(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  Path bundled() {
    return temporary.resolve("plugin-models");
  }

  Path models() {
    return temporary.resolve("config/models");
  }
}
