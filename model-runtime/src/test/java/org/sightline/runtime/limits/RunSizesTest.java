package org.sightline.runtime.limits;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.SessionSettings;

/** The table of docs/settings.md, and what holds for every number of processors. */
class RunSizesTest {
  private static final int MAX_BATCH = 32;

  private static RunSizes of(int processors, int perAllocation) {
    return RunSizes.of(new SessionSettings(processors, perAllocation, Device.CPU), MAX_BATCH);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 32", "2, 2, 1, 8", "3, 3, 1, 8", "4, 4, 1, 8", "6, 6, 1, 5", "8, 8, 1, 4",
    "12, 6, 2, 5", "16, 8, 2, 4", "24, 8, 3, 4", "32, 8, 4, 4", "48, 8, 6, 4", "64, 8, 8, 4",
    "96, 8, 12, 4", "128, 8, 16, 4"
  })
  void sizesOfProcessors(int processors, int runs, int threads, int batch) {
    assertEquals(new RunSizes(runs, threads, batch), of(processors, 1));
  }

  @Test
  void everyNumberOfProcessorsIsUsed() {
    for (int processors = 1; processors <= 128; processors++) {
      RunSizes sizes = of(processors, 1);
      int used = sizes.runs() * sizes.threads();
      assertTrue(used <= processors, sizes::toString);
      assertTrue(used > processors * 3 / 4 - 1, processors + ": " + sizes);
      assertTrue(sizes.batch() >= 4, sizes::toString);
      assertTrue(sizes.runs() * sizes.batch() <= MAX_BATCH, sizes::toString);
    }
  }

  @Test
  void settingsAreKept() {
    assertEquals(new RunSizes(4, 4, 8), of(16, 4));
    assertEquals(new RunSizes(1, 16, 32), of(16, 16));
    assertEquals(new RunSizes(1, 8, 2), RunSizes.of(new SessionSettings(8, 1, Device.CPU), 2));
    assertEquals(new RunSizes(8, 1, 1), of(8, 1).within(3), "images that are too large for more");
  }
}
