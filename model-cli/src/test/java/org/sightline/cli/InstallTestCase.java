package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The command {@code install}. */
abstract class InstallTestCase extends CommandTestCase {
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
