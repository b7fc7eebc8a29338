package org.sightline.runtime.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.testsupport.onnx.OnnxWriter.FLOAT;
import static org.sightline.testsupport.onnx.OnnxWriter.of;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.testsupport.onnx.OnnxWriter;

class OnnxSessionTest {
  @TempDir private Path folder;

  private Path write(OnnxWriter graph) throws Exception {
    return Files.write(folder.resolve("graph.onnx"), graph.toBytes());
  }

  /** Doubles what it gets. */
  private static OnnxWriter doubling() {
    return new OnnxWriter()
        .input("x", FLOAT, "b", 3)
        .node("Add", of("x", "x"), "y")
        .output("y", FLOAT, "b", 3);
  }

  private static FloatBuffer direct(float... values) {
    FloatBuffer buffer =
        ByteBuffer.allocateDirect(4 * values.length).order(ByteOrder.nativeOrder()).asFloatBuffer();
    return buffer.put(values).flip();
  }

  @Test
  void saysWhatTheGraphContains() throws Exception {
    OnnxSession session = OnnxSession.open(write(doubling()), 1, Device.CPU);
    try {
      assertEquals(Map.of("x", new TensorSpec("x", "float", List.of(-1L, 3L))), session.inputs());
      assertEquals("y float [?,3]", session.outputs().get("y").toString());
    } finally {
      session.decRef();
    }
  }

  @Test
  void readsOnlyAsMuchOfABufferAsTheShapeHolds() throws Exception {
    OnnxSession session = OnnxSession.open(write(doubling()), 1, Device.CPU);
    try {
      OutputTensor result =
          session
              .run(
                  Map.of("x", new InputTensor.Floats(direct(1, 2, 3, 4, 5, 6, 99, 99, 99), 2, 3)),
                  Set.of("y"))
              .get("y");
      assertArrayEquals(new float[] {2, 4, 6, 8, 10, 12}, result.data());
      assertArrayEquals(new long[] {2, 3}, result.shape());
      assertEquals(2, result.items());
      assertArrayEquals(new float[] {8, 10, 12}, result.item(1));
    } finally {
      session.decRef();
    }
  }

  @Test
  void refusesAFileThatIsNoGraph() throws Exception {
    Path file = Files.write(folder.resolve("graph.onnx"), new byte[] {1, 2, 3});
    BundleException e =
        assertThrows(BundleException.class, () -> OnnxSession.open(file, 1, Device.CPU));
    assertTrue(
        e.getMessage().startsWith("the graph [graph.onnx] cannot be opened: "), e.getMessage());
  }

  @Test
  void anOperatorSetThatIsNotKnownIsNamed() throws Exception {
    Path file = write(doubling().opset(99));
    BundleException e =
        assertThrows(BundleException.class, () -> OnnxSession.open(file, 1, Device.CPU));
    assertTrue(
        e.getMessage().startsWith("the graph [graph.onnx] cannot be opened: "), e.getMessage());
    assertTrue(
        e.getMessage().endsWith("; it needs the operator sets [ai.onnx 99]"), e.getMessage());
  }

  /** Ids are 64-bit everywhere but in graphs that want them narrower. */
  @Test
  void integersHaveTheWidthThatTheGraphTakes() throws Exception {
    for (int type : new int[] {OnnxWriter.INT64, OnnxWriter.INT32}) {
      OnnxSession session =
          OnnxSession.open(
              write(
                  new OnnxWriter()
                      .input("ids", type, "b", "t")
                      .node("Cast", of("ids"), "y", OnnxWriter.attribute("to", false, FLOAT))
                      .output("y", FLOAT, "b", "t")),
              1,
              Device.CPU);
      try {
        LongBuffer ids =
            ByteBuffer.allocateDirect(5 * Long.BYTES).order(ByteOrder.nativeOrder()).asLongBuffer();
        ids.put(new long[] {49407, 0, -1, 7, 99}).flip();
        InputTensor tensor = new InputTensor.Longs(ids, 2, 2);
        OutputTensor result = session.run(Map.of("ids", tensor), Set.of("y")).get("y");
        assertArrayEquals(new float[] {49407, 0, -1, 7}, result.data());
        assertArrayEquals(new long[] {2, 2}, result.shape());
      } finally {
        session.decRef();
      }
    }
  }

  /** Floats are 32-bit everywhere but in graphs in half precision. */
  @Test
  void floatsHaveTheWidthThatTheGraphTakes() throws Exception {
    int half = OnnxWriter.FLOAT16;
    OnnxWriter graph =
        new OnnxWriter()
            .input("x", half, "b", 3)
            .node("Add", of("x", "x"), "y")
            .output("y", half, "b", 3);
    OnnxSession session = OnnxSession.open(write(graph), 1, Device.CPU);
    try {
      assertEquals("x float16 [?,3]", session.inputs().get("x").toString());
      InputTensor tensor = new InputTensor.Floats(direct(1, -2.5f, 0.1f, 4, 5, 6, 99), 2, 3);
      OutputTensor result = session.run(Map.of("x", tensor), Set.of("y")).get("y");
      assertArrayEquals(new float[] {2, -5, 0.2f, 8, 10, 12}, result.data(), 1e-4f);
      assertArrayEquals(new long[] {2, 3}, result.shape());
    } finally {
      session.decRef();
    }
  }

  @Test
  void aFailedRunNamesTheGraph() throws Exception {
    OnnxSession session = OnnxSession.open(write(doubling()), 1, Device.CPU);
    try {
      InferenceException e =
          assertThrows(
              InferenceException.class,
              () ->
                  session.run(
                      Map.of("x", new InputTensor.Floats(direct(1, 2, 3, 4), 1, 4)), Set.of("y")));
      assertEquals(InferenceException.Kind.INTERNAL, e.kind());
      assertTrue(e.getMessage().startsWith("the graph [graph.onnx] failed: "), e.getMessage());
    } finally {
      session.decRef();
    }
    assertEquals(0, session.references());
  }

  /** Threads run while the owner closes: a run either ends well or is told that it is closed. */
  @Test
  void closingWaitsForRuns() throws Exception {
    Path file = write(doubling());
    for (int round = 0; round < 20; round++) {
      OnnxSession session = OnnxSession.open(file, 1, Device.CPU);
      CyclicBarrier start = new CyclicBarrier(4);
      List<FutureTask<Integer>> tasks = new ArrayList<>();
      for (int thread = 0; thread < 3; thread++) {
        tasks.add(
            new FutureTask<>(
                () -> {
                  FloatBuffer buffer = direct(1, 2, 3);
                  start.await();
                  int runs = 0;
                  while (runs < 200) {
                    try {
                      OutputTensor result =
                          session
                              .run(Map.of("x", new InputTensor.Floats(buffer, 1, 3)), Set.of("y"))
                              .get("y");
                      assertArrayEquals(new float[] {2, 4, 6}, result.data());
                      runs++;
                    } catch (IllegalStateException e) {
                      assertEquals("the session of [graph.onnx] is closed", e.getMessage());
                      return runs;
                    }
                  }
                  return runs;
                }));
      }
      tasks.forEach(task -> Thread.ofPlatform().start(task));
      start.await();
      session.decRef();
      for (FutureTask<Integer> task : tasks) {
        task.get(60, TimeUnit.SECONDS);
      }
      assertEquals(0, session.references());
      InputTensor late = new InputTensor.Floats(direct(1, 2, 3), 1, 3);
      assertThrows(IllegalStateException.class, () -> session.run(Map.of("x", late), Set.of("y")));
    }
  }

  private static Map<String, InputTensor> pixels() {
    float[] values = new float[3 * 64 * 64];
    return Map.of("pixel_values", new InputTensor.Floats(direct(values), 1, 3, 64, 64));
  }

  private static void fails(FutureTask<?> run) {
    ExecutionException error =
        assertThrows(ExecutionException.class, () -> run.get(1, TimeUnit.MINUTES));
    assertEquals(InferenceException.Kind.INTERNAL, ((InferenceException) error.getCause()).kind());
  }

  @Test
  void aRunWithoutAnEndIsEnded() throws Exception {
    Runs runs = new Runs();
    OnnxSession session = OnnxSession.open(write(OnnxWriter.endless()), 1, Device.CPU, runs);
    FutureTask<?> run = new FutureTask<>(() -> session.run(pixels(), Set.of("image_embedding")));
    new Thread(run, "endless").start();
    runs.endLongerThan(Duration.ofDays(1));
    long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
    while (run.isDone() == false && System.nanoTime() - end < 0) {
      runs.endLongerThan(Duration.ofMillis(50));
    }
    fails(run);

    runs.endAll();
    FutureTask<?> later = new FutureTask<>(() -> session.run(pixels(), Set.of("image_embedding")));
    later.run();
    fails(later);
    session.decRef();
  }
}
