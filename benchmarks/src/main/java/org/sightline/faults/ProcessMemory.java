package org.sightline.faults;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Memory of another process, from Linux's {@code /proc}. */
public final class ProcessMemory {
  private static final String FIELD = "RssAnon:";

  private ProcessMemory() {}

  /** Whether this system tells it. */
  public static boolean isKnown() {
    return Files.isReadable(Path.of("/proc/self/status"));
  }

  /**
   * Bytes in memory that belong to no file: heap, native allocations, stacks; not the libraries and
   * index files that are mapped.
   */
  public static long anonymousBytes(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith(FIELD)) {
          return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    throw new IllegalStateException("/proc/" + pid + "/status has no " + FIELD);
  }
}
