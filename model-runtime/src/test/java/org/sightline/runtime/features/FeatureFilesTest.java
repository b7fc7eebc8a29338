package org.sightline.runtime.features;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.inference.Digest;

class FeatureFilesTest {
  private static final String MODEL = Digest.sha256("model".getBytes(StandardCharsets.UTF_8));
  private static final int FILE_BYTES = FeatureCodec.encode(features(0), Storage.FLOAT32).length;

  @TempDir Path folder;

  private static String digest(int number) {
    return Digest.sha256(("image " + number).getBytes(StandardCharsets.UTF_8));
  }

  private static ImageFeatures features(int number) {
    return FeatureCodecTest.features(number, 5, 16, 1);
  }

  private FeatureFiles open(int files) throws IOException {
    return FeatureFiles.open(folder, (long) files * FILE_BYTES, Storage.FLOAT32);
  }

  private static void assertHas(FeatureFiles files, int number) {
    ImageFeatures read = files.read(MODEL, digest(number));
    assertNotNull(read, "image " + number);
    assertArrayEquals(features(number).tokens().values(), read.tokens().values());
  }

  private long bytesOnDisk() throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).mapToLong(FeatureFilesTest::size).sum();
    }
  }

  /** A file that is moved or removed while it is looked at has no size. */
  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      return 0;
    }
  }

  private Path file(int number) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(path -> path.getFileName().toString().startsWith(digest(number)))
          .findFirst()
          .orElseThrow();
    }
  }

  @Test
  void whatIsWrittenSurvives() throws Exception {
    FeatureFiles files = open(10);
    assertNull(files.read(MODEL, digest(1)));
    files.write(MODEL, digest(1), features(1));
    files.write(MODEL, digest(2), features(2));
    assertTrue(files.contains(MODEL, digest(1)));
    assertHas(files, 1);
    FeatureFiles again = open(10);
    assertHas(again, 1);
    assertHas(again, 2);
    assertEquals(new FeatureFiles.Stats(2, 0, 0, 2, 2L * FILE_BYTES, 0), again.stats());
    String other = Digest.sha256(new byte[] {1});
    assertFalse(again.contains(other, digest(1)), "of other weights");
  }

  @Test
  void whatWasUsedLongestAgoGoesFirst() throws Exception {
    FeatureFiles files = open(3);
    for (int i = 1; i <= 3; i++) {
      files.write(MODEL, digest(i), features(i));
    }
    assertHas(files, 1);
    files.write(MODEL, digest(4), features(4));
    assertFalse(files.contains(MODEL, digest(2)));
    for (int i : new int[] {1, 3, 4}) {
      assertHas(files, i);
    }
    assertEquals(1, files.stats().evictions());
    assertEquals(3L * FILE_BYTES, bytesOnDisk());
  }

  @Test
  void aSmallerLimitHoldsFromTheStart() throws Exception {
    FeatureFiles files = open(5);
    for (int i = 1; i <= 5; i++) {
      files.write(MODEL, digest(i), features(i));
      Files.setLastModifiedTime(file(i), FileTime.fromMillis(1000L * i));
    }
    FeatureFiles smaller = open(2);
    assertEquals(2L * FILE_BYTES, bytesOnDisk());
    assertHas(smaller, 4);
    assertHas(smaller, 5);
  }

  @Test
  void whatIsLargerThanEverythingIsLeftOut() throws Exception {
    FeatureFiles files = FeatureFiles.open(folder, FILE_BYTES - 1, Storage.FLOAT32);
    files.write(MODEL, digest(1), features(1));
    assertEquals(new FeatureFiles.Stats(0, 0, 0, 0, 0, 0), files.stats());
    assertEquals(0, bytesOnDisk());
  }

  @Test
  void aBrokenFileIsAMissAndGoes() throws Exception {
    FeatureFiles files = open(3);
    files.write(MODEL, digest(1), features(1));
    files.write(MODEL, digest(2), features(2));
    byte[] bytes = Files.readAllBytes(file(1));
    bytes[bytes.length / 2]++;
    Files.write(file(1), bytes);
    assertNull(files.read(MODEL, digest(1)));
    assertFalse(files.contains(MODEL, digest(1)));
    assertEquals(new FeatureFiles.Stats(0, 1, 0, 1, FILE_BYTES, 1), files.stats());
    assertEquals(FILE_BYTES, bytesOnDisk());
    files.write(MODEL, digest(1), features(1));
    assertHas(files, 1);
  }

  @Test
  void aFileThatSomebodyRemovedIsAMiss() throws Exception {
    FeatureFiles files = open(3);
    files.write(MODEL, digest(1), features(1));
    Files.delete(file(1));
    assertNull(files.read(MODEL, digest(1)));
    assertEquals(new FeatureFiles.Stats(0, 1, 0, 0, 0, 0), files.stats());
  }

  @Test
  void whatADeadProcessLeftIsRemoved() throws Exception {
    FeatureFiles files = open(3);
    files.write(MODEL, digest(1), features(1));
    Path unfinished = Files.write(file(1).resolveSibling("7.unfinished"), new byte[100]);
    Path foreign = Files.write(folder.resolve("readme.txt"), new byte[3]);
    assertHas(open(3), 1);
    assertFalse(Files.exists(unfinished));
    assertTrue(Files.exists(foreign), "nothing else is touched");
  }

  /** Another thread deletes and moves files: a look does not wait for it. */
  @Test
  void aLookWaitsForNoDisk() throws Exception {
    FeatureFiles files = open(3);
    files.write(MODEL, digest(1), features(1));
    FutureTask<Boolean> look = new FutureTask<>(() -> files.contains(MODEL, digest(1)));
    synchronized (files) {
      Thread.ofPlatform().start(look);
      assertTrue(look.get(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aFileThatCannotBeReadIsOneFailure() throws Exception {
    FeatureFiles files = open(3);
    files.write(MODEL, digest(1), features(1));
    Path file = file(1);
    Files.delete(file);
    Files.createDirectory(file);
    assertNull(files.read(MODEL, digest(1)));
    assertEquals(new FeatureFiles.Stats(0, 1, 0, 0, 0, 1), files.stats());
    assertFalse(files.contains(MODEL, digest(1)));
  }

  /** A digest comes from a request: it must not lead out of the folder. */
  @Test
  void namesThatAreNoDigestsAreNotWritten() throws Exception {
    FeatureFiles files = open(3);
    files.write(MODEL, "../../../" + "a".repeat(55), features(1));
    files.write("../x", digest(1), features(1));
    assertEquals(0, bytesOnDisk());
    assertNull(files.read(MODEL, "../../../" + "a".repeat(55)));
  }

  @Test
  void theLimitHoldsWhileManyWrite() throws Exception {
    int limit = 8;
    FeatureFiles files = open(limit);
    AtomicLong largest = new AtomicLong();
    try (ExecutorService threads =
        new ThreadPoolExecutor(4, 4, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>())) {
      List<Future<?>> tasks = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        int offset = thread * 20;
        tasks.add(
            threads.submit(
                () -> {
                  for (int i = 0; i < 60; i++) {
                    int number = (offset + i) % 90;
                    files.write(MODEL, digest(number), features(number));
                    ImageFeatures read = files.read(MODEL, digest((number * 7) % 90));
                    assertTrue(read == null || read.tokens().count() == 5);
                    largest.accumulateAndGet(files.stats().bytes(), Math::max);
                  }
                }));
      }
      for (Future<?> task : tasks) {
        task.get();
      }
    }
    assertTrue(largest.get() <= (long) limit * FILE_BYTES, largest + " bytes");
    assertEquals(files.stats().bytes(), bytesOnDisk());
    assertEquals(0, files.stats().failures());
    assertTrue(files.stats().evictions() > 0);
  }
}
