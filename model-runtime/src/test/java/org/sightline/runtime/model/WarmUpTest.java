package org.sightline.runtime.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.batch.ImageStage;
import org.sightline.runtime.batch.TextStage;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.onnx.Runs;
import org.sightline.runtime.onnx.SessionSettings;
import org.sightline.runtime.scheduler.DecodeBudget;
import org.sightline.runtime.stats.RuntimeMetrics;

class WarmUpTest {
  private static final Map<Role, Integer> BATCHES =
      Map.of(
          Role.IMAGE_EMBEDDING, 4,
          Role.IMAGE_TOKENS, 4,
          Role.TEXT_EMBEDDING, 2,
          Role.MATCHING, 1);

  private static long runs(BooleanSupplier goesOn) {
    Bundle bundle = Bundle.read(Path.of("src/test/fixtures/tiny-blip"));
    RuntimeMetrics metrics = new RuntimeMetrics();
    try (NativeParts parts = NativeParts.open(bundle, SessionSettings.SINGLE, 32, new Runs())) {
      return new WarmUp(
              parts,
              new TextStage(parts.tokenizer(), bundle.manifest().text(), metrics),
              new ImageStage(
                  new ImageDecoder(1, 1, 1),
                  new ImagePreprocessor(bundle.manifest().image()),
                  new DecodeBudget(1, HeapAccount.NONE),
                  metrics),
              BATCHES,
              goesOn)
          .run();
    }
  }

  /** Images in batches of 1, 2 and 4, for both roles at once; texts of 1 and 2; one pair. */
  @Test
  void runsTheBatchesThatQueuesForm() {
    assertEquals(3 + 2 + 1, runs(() -> true));
  }

  @Test
  void looksAtTheTimeBeforeEachRun() {
    AtomicInteger asked = new AtomicInteger();
    assertEquals(2, runs(() -> asked.incrementAndGet() <= 2));
  }
}
