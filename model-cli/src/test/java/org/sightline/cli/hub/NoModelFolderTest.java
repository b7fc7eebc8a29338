package org.sightline.cli.hub;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is no folder of a model is refused with the command that takes it, or makes one of it. */
class NoModelFolderTest extends HubTestCase {

  @Test
  void namesAFolderThatDoesNotExist() {
    Path folder = temporary.resolve("nowhere");
    assertEquals("the folder [" + folder + "] does not exist", refusal(folder));
    Path relative = Path.of("nowhere/at/all");
    assertEquals(
        "the folder [" + relative.toAbsolutePath() + "] does not exist", refusal(relative));
  }

  @Test
  void saysWhatTakesThatWhichIsNoFolder() throws IOException {
    Path zip = Files.write(temporary.resolve("bundle.zip"), new byte[1]);
    assertEquals(
        "[" + zip + "] is a file and no folder: [install] takes the zip of a bundle", refusal(zip));
    Path graph = Files.write(temporary.resolve("model.onnx"), new byte[1]);
    assertEquals("[" + graph + "] is a file and no folder", refusal(graph));
    for (String source : List.of("hf:owner/name", "https:/host/bundle.zip")) {
      assertEquals(
          "[" + source + "] is no folder: [install] fetches models", refusal(Path.of(source)));
    }
  }

  @Test
  void saysHowACheckpointBecomesABundle() throws IOException {
    Path folder = Files.createDirectories(temporary.resolve("clip"));
    String reason =
        "no ONNX graphs are there: export the checkpoint with the package model-export"
            + " (sightline-export), which makes a bundle of it; there are ";
    assertEquals(reason + "[]", refusal(folder));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"blip\"}");
    Files.write(folder.resolve("model.safetensors"), new byte[1]);
    assertEquals(reason + "[config.json, model.safetensors]", refusal(folder));
  }
}
