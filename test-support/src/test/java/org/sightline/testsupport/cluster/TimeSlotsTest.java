package org.sightline.testsupport.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TimeSlotsTest {
  private final List<Process> started = new ArrayList<>();

  @AfterEach
  void endAll() {
    started.forEach(Process::destroyForcibly);
  }

  @Test
  void turnsAndRestFillATenthOfASecond() {
    List<String> command = TimeSlots.command(List.of(7L, 8L, 9L), 25);
    assertEquals(List.of("0.025", "0.025", "7", "8", "9"), command.subList(4, command.size()));
    command = TimeSlots.command(List.of(7L), 30);
    assertEquals(List.of("0.030", "0.070", "7"), command.subList(4, command.size()));
  }

  @Test
  void moreTimeThanThereIsCannotBeGiven() {
    assertEquals(
        "4 processes with 25 % each: allowed are 1 to 99 % together",
        assertThrows(
                IllegalArgumentException.class,
                () -> TimeSlots.command(List.of(1L, 2L, 3L, 4L), 25))
            .getMessage());
    assertThrows(IllegalArgumentException.class, () -> TimeSlots.command(List.of(), 25));
    assertThrows(IllegalArgumentException.class, () -> TimeSlots.command(List.of(1L), 0));
  }

  @Test
  void processesAreStoppedAndRunAgainAfterwards() throws Exception {
    assumeTrue(Files.isReadable(Path.of("/proc/self/stat")), "states are read from Linux's /proc");
    Process first = sleeping();
    Process second = sleeping();
    try (TimeSlots slots = new TimeSlots(List.of(first.pid(), second.pid()), 2)) {
      await(() -> isStopped(first));
      await(() -> isStopped(second));
      await(() -> isStopped(first) == false);
      await(() -> isStopped(second) == false);
    }
    for (Process process : List.of(first, second)) {
      assertTrue(process.isAlive());
      assertTrue(isStopped(process) == false, "runs again");
    }
  }

  private Process sleeping() throws IOException {
    Process process = new ProcessBuilder("sleep", "60").start();
    started.add(process);
    return process;
  }

  private static boolean isStopped(Process process) {
    try {
      String stat = Files.readString(Path.of("/proc/" + process.pid() + "/stat"));
      return stat.substring(stat.lastIndexOf(')')).startsWith(") T");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (condition.getAsBoolean() == false) {
      assertTrue(System.nanoTime() < end, "waited in vain");
      Thread.onSpinWait();
    }
  }
}
