package org.sightline.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.Map;

/**
 * ONNX Runtime with nothing around it: the limit that a pipeline can reach. Closing frees the
 * session. Used by one thread.
 */
final class BareSession implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;

  BareSession(Path graph, int threads) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      session = environment.createSession(graph.toString(), options);
    } catch (OrtException e) {
      throw new IllegalStateException("[" + graph + "] cannot be loaded", e);
    }
  }

  /** Runs a batch of pixels {@code [b, 3, height, width]}; the outputs are thrown away. */
  void images(FloatBuffer pixels, int batch, int height, int width) {
    String input = session.getInputNames().iterator().next();
    long[] shape = {batch, 3, height, width};
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, pixels, shape);
        OrtSession.Result result = session.run(Map.of(input, tensor))) {
      requireRows(result, batch);
    } catch (OrtException e) {
      throw new IllegalStateException("a batch of [" + batch + "] failed", e);
    }
  }

  private static void requireRows(OrtSession.Result result, int batch) throws OrtException {
    long rows = ((OnnxTensor) result.get(0)).getInfo().getShape()[0];
    if (rows != batch) {
      throw new IllegalStateException("[" + batch + "] pictures gave [" + rows + "] results");
    }
  }

  /** A direct buffer for that many floats, as the runtime uses. */
  static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(floats * Float.BYTES)
        .order(ByteOrder.nativeOrder())
        .asFloatBuffer();
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("the session cannot be closed", e);
    }
  }
}
