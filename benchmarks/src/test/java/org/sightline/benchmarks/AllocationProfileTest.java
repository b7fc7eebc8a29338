package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Records this very process. */
class AllocationProfileTest {
  private static final int PIECE = 2_000_000;
  private static final int PIECES = 100;
  private static final long ALL = (long) PIECE * PIECES;

  @TempDir private Path folder;
  private volatile Object kept;

  private void allocate() {
    for (int i = 0; i < PIECES; i++) {
      kept = new byte[PIECE];
    }
  }

  private AllocationProfile profile(AllocationRecording.Work work) throws Exception {
    return new AllocationRecording(ProcessHandle.current().pid(), folder).of(work);
  }

  private static void assertAbout(long expected, long bytes) {
    assertTrue(bytes >= expected && bytes < expected * 1.3, expected + " expected, got " + bytes);
  }

  @Test
  void bytesAndTheirPlaceAreFound() throws Exception {
    AllocationProfile profile = profile(this::allocate);
    assertAbout(ALL, profile.bytes());
    AllocationProfile.Share first = profile.ours().get(0);
    assertTrue(first.frame().startsWith("AllocationProfileTest.allocate:"), first.frame());
    assertTrue(first.part() > 0.7, first.toString());
    assertTrue(profile.oursPart() >= first.part() && profile.oursPart() <= 1, profile.toString());
  }

  @Test
  void whatWasAllocatedBeforeDoesNotCount() throws Exception {
    allocate();
    AllocationProfile profile = profile(() -> kept = new byte[PIECE]);
    assertTrue(profile.bytes() < ALL / 2, "got " + profile.bytes());
  }

  @Test
  void aNewThreadCountsFromItsBeginning() throws Exception {
    CountDownLatch done = new CountDownLatch(1);
    CountDownLatch recorded = new CountDownLatch(1);
    Thread worker =
        new Thread(
            () -> {
              allocate();
              done.countDown();
              await(recorded); // a thread that has ended has no counter any more
            });
    AllocationProfile profile =
        profile(
            () -> {
              worker.start();
              done.await();
            });
    recorded.countDown();
    worker.join();
    assertAbout(ALL, profile.bytes());
  }

  @Test
  void whatAThreadAllocatedBeforeIsNotChargedToItsFirstPlace() throws Exception {
    CountDownLatch ready = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    CountDownLatch done = new CountDownLatch(1);
    CountDownLatch recorded = new CountDownLatch(1);
    Thread worker =
        new Thread(
            () -> {
              allocate();
              ready.countDown();
              await(go);
              allocateFirst();
              allocate();
              done.countDown();
              await(recorded);
            });
    worker.start();
    ready.await();
    AllocationProfile profile =
        profile(
            () -> {
              go.countDown();
              done.await();
            });
    recorded.countDown();
    worker.join();
    AllocationProfile.Share first = profile.ours().get(0);
    assertTrue(first.frame().startsWith("AllocationProfileTest.allocate:"), profile.toString());
    assertTrue(first.part() > 0.7, profile.toString());
  }

  private void allocateFirst() {
    kept = new byte[PIECE];
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void theInnermostFrameBelowTheJdkAnswers() throws Exception {
    ObjectMapper mapper = new ObjectMapper();
    String json = "\"" + "x".repeat(PIECE) + "\"";
    AllocationProfile profile =
        profile(
            () -> {
              for (int i = 0; i < 20; i++) {
                kept = mapper.readTree(json);
              }
            });
    String largest = profile.others().get(0).frame();
    assertTrue(largest.startsWith("com.fasterxml.jackson."), largest);
    AllocationProfile copies =
        profile(
            () -> {
              for (int i = 0; i < PIECES; i++) {
                kept = List.of(json.toCharArray());
              }
            });
    String ours = copies.ours().get(0).frame();
    assertTrue(ours.startsWith("AllocationProfileTest.lambda$"), ours);
    assertTrue(copies.ours().get(0).part() > 0.7, copies.toString());
  }

  @Test
  void aProcessThatIsNotThereIsSaid() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();
    AllocationRecording recording = new AllocationRecording(ended.pid(), folder);
    String message =
        assertThrows(IOException.class, () -> recording.of(this::allocate)).getMessage();
    assertTrue(message.contains(" " + ended.pid() + " JFR.start name=allocation"), message);
    assertEquals(null, kept, "nothing is measured");
  }
}
