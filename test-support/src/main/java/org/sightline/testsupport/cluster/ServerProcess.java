package org.sightline.testsupport.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The JVM of a node, known by the pid file in the node's folder. It is a daemon: it outlives the
 * process that started it, so that a node can be left running and ended later by another process.
 */
final class ServerProcess {
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final ProcessHandle handle;

  private ServerProcess(ProcessHandle handle) {
    this.handle = handle;
  }

  /**
   * The process of the pid file, if it runs and is an Elasticsearch of that folder: the number may
   * be another process's by now.
   */
  static Optional<ServerProcess> of(Path pidFile, Path nodeFolder) {
    if (!Files.exists(pidFile)) {
      return Optional.empty();
    }
    try {
      long pid = Long.parseLong(Files.readString(pidFile).strip());
      return ProcessHandle.of(pid)
          .filter(found -> commandLine(found).contains(nodeFolder.toString()))
          .map(ServerProcess::new)
          .filter(ServerProcess::isRunning);
    } catch (NumberFormatException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String commandLine(ProcessHandle process) {
    return process.info().arguments().map(all -> String.join(" ", all)).orElse("");
  }

  long pid() {
    return handle.pid();
  }

  /** False also for a process that has ended and that nobody has asked for its exit code. */
  boolean isRunning() {
    return handle.isAlive() && !isZombie();
  }

  /** In a container whose first process does not collect orphans, daemons end as zombies. */
  private boolean isZombie() {
    try {
      String stat = Files.readString(Path.of("/proc/" + handle.pid() + "/stat"));
      return stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
    } catch (IOException e) {
      return false; // gone, or a system without /proc, where orphans are collected
    }
  }

  /** Asks the server to end and waits; kills it when it has not ended in time. */
  void stop(Duration patience) {
    handle.destroy();
    if (!awaitEnd(patience)) {
      kill();
    }
  }

  /** Ends the server without giving it a chance, as a power cut does. */
  void kill() {
    handle.destroyForcibly();
    if (!awaitEnd(Duration.ofSeconds(30))) {
      throw new ClusterException("process " + handle.pid() + " does not end");
    }
  }

  /**
   * The end of a process that is not a child cannot be blocked on, and the JDK's own onExit waits
   * for ever on a zombie: look again until it is gone.
   */
  private boolean awaitEnd(Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (isRunning()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(LOOK_AGAIN.toNanos());
    }
    return true;
  }
}
