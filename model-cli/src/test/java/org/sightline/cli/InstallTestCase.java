package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;

/** The command {@code install} with a clock on which waiting takes no time. */
abstract class InstallTestCase {
  static final Path FIXTURES = Path.of("../model-runtime/src/test/fixtures");
  static final Instant NOW = Instant.parse("2026-03-04T05:06:07Z");

  @TempDir Path temporary;

  /** How long the command wanted to wait, in order. */
  final List<Duration> waits = new ArrayList<>();

  final Map<String, String> environment = new HashMap<>();
  boolean terminal;

  record Result(int code, String out, String err) {}

  Result run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Surroundings surroundings =
        new Surroundings(
            environment, terminal, Duration.ofMinutes(1), waits::add, InstantSource.fixed(NOW));
    int code =
        new SightlineModels(bundled(), models(), print(out), print(err), surroundings)
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

  Path downloads() {
    return temporary.resolve("config/models-downloads");
  }

  /** Names in a folder, sorted; empty where it does not exist. */
  static List<String> names(Path folder) {
    if (Files.isDirectory(folder) == false) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The command succeeded, the model is the only one there and verifies, nothing else is left. */
  void assertInstalled(Result result, String id) {
    assertEquals(SightlineModels.OK, result.code(), result::toString);
    assertTrue(
        result.out().contains("installed to " + models().resolve(id) + "\n"), result::toString);
    assertEquals(List.of(id), names(models()));
    assertEquals(List.of(), names(downloads()));
    Result verified = run("verify", id);
    assertEquals(SightlineModels.OK, verified.code(), verified::toString);
  }

  /** The command was refused with that message, and no model is there. */
  void assertRefused(String message, Result result) {
    assertEquals(SightlineModels.FAILED, result.code(), result::toString);
    assertEquals("", result.out());
    List<String> lines = result.err().lines().toList();
    assertEquals("error: " + message, lines.get(lines.size() - 1));
    assertEquals(List.of(), names(models()));
  }
}
