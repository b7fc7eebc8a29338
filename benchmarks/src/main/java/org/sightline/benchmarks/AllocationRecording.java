package org.sightline.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A recording of the JDK's flight recorder in another process, of what is allocated there and
 * where. One after the other, of a process on this machine whose user this one may act as.
 */
final class AllocationRecording {
  private static final String NAME = "name=allocation";

  /**
   * For the JVM that is recorded. It takes a sample whenever a thread's own piece of heap is full,
   * and of each object too large for one: small pieces give many samples.
   */
  static final List<String> JVM_OPTIONS = List.of("-XX:-ResizeTLAB", "-XX:TLABSize=16k");

  private final long pid;
  private final Path folder;

  /**
   * @param folder where the process may write
   */
  AllocationRecording(long pid, Path folder) {
    this.pid = pid;
    this.folder = folder;
  }

  /** Something to record. */
  interface Work {
    void run() throws Exception;
  }

  /** What the process allocates while the work runs, its own housekeeping included. */
  AllocationProfile of(Work work) throws Exception {
    Path file = folder.resolve("allocation.jfr");
    jcmd(
        "JFR.start",
        NAME,
        "settings=none",
        "+jdk.ThreadStart#enabled=true",
        "+jdk.ThreadAllocationStatistics#enabled=true",
        "+jdk.ThreadAllocationStatistics#period=everyChunk",
        "+jdk.ObjectAllocationSample#enabled=true",
        "+jdk.ObjectAllocationSample#stackTrace=true",
        "+jdk.ObjectAllocationSample#throttle=off");
    try {
      work.run();
    } finally {
      jcmd("JFR.stop", NAME, "filename=" + file);
    }
    return AllocationProfile.read(file);
  }

  private void jcmd(String... arguments) throws IOException, InterruptedException {
    Path home = Path.of(System.getProperty("java.home"));
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/jcmd").toString());
    command.add(Long.toString(pid));
    command.addAll(List.of(arguments));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    // a command that the process refuses ends well and says so in words
    boolean understood = said.contains("Started recording") || said.contains("Stopped recording");
    if (process.waitFor() != 0 || understood == false) {
      throw new IOException(String.join(" ", command) + " said: " + said.strip());
    }
  }
}
