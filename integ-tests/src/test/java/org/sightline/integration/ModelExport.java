package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The commands of {@code model-export} that need no torch. */
final class ModelExport {
  private ModelExport() {}

  /**
   * Runs a command with the Python that is there.
   *
   * @param folder for what it prints
   * @return what it printed
   */
  static String run(Path folder, String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(interpreter(), "-m", "sightline_export"));
    command.addAll(List.of(arguments));
    Path output = Files.createTempFile(folder, "output", ".txt");
    Path errors = Files.createTempFile(folder, "errors", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(Installation.checkout().resolve("model-export").toFile())
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile());
    builder.environment().put("PYTHONDONTWRITEBYTECODE", "1");
    Process process = builder.start();
    assertTrue(process.waitFor(5, TimeUnit.MINUTES), () -> "still runs: " + command);
    String said = Files.readString(errors, StandardCharsets.UTF_8);
    assertEquals(0, process.exitValue(), () -> command + ": " + said);
    return Files.readString(output, StandardCharsets.UTF_8);
  }

  private static String interpreter() throws IOException, InterruptedException {
    String check = "import sys; sys.exit(sys.version_info[:2] < (3, 11))";
    for (String name : List.of("python3.11", "python3", "python")) {
      try {
        if (new ProcessBuilder(name, "-c", check).start().waitFor() == 0) {
          return name;
        }
      } catch (IOException e) {
        continue; // not there: the next one may be
      }
    }
    throw new AssertionError("needs Python 3.11 or newer, as ./test does, and found none");
  }
}
