package org.sightline.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Files and folders that this process has forced onto the disk, as the JDK's recorder sees it. */
final class ForcedFiles {
  private ForcedFiles() {}

  /** The paths that an action forces. */
  static Set<String> by(Runnable action) throws IOException {
    Path file = Files.createTempFile("forced", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.FileForce").withThreshold(Duration.ZERO);
      recording.start();
      action.run();
      recording.stop();
      recording.dump(file);
      Set<String> paths = new TreeSet<>();
      for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
        paths.add(event.getString("path"));
      }
      return paths;
    } finally {
      Files.delete(file);
    }
  }
}
