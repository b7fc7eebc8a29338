package org.sightline.benchmarks.rival;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.inference.Role;

/**
 * ONNX Runtime with nothing around it: the limit that a pipeline can reach. Its defaults, but that
 * threads do not stay awake after a run, for tens of milliseconds, in which something else is
 * measured; that makes runs neither faster nor slower. Closing frees the session. Thread-safe.
 */
public final class BareSession implements AutoCloseable {
  // named like the runtime's own, which may be open in this process: there is one for all
  private final OrtEnvironment environment =
      OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "sightline");
  private final OrtSession session;
  private final RoleSpec role;

  /** Opens the graph that serves a role of a bundle. */
  public BareSession(Bundle bundle, Role served, int threads) {
    role = bundle.manifest().role(served).orElseThrow();
    Path graph = bundle.file(role.file());
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      options.addConfigEntry("session.force_spinning_stop", "1");
      session = environment.createSession(graph.toString(), options);
    } catch (OrtException e) {
      throw new IllegalStateException("[" + graph + "] cannot be loaded", e);
    }
  }

  /** Runs a batch of pixels {@code [b, 3, height, width]}; the outputs are thrown away. */
  public void images(FloatBuffer pixels, int batch, int height, int width) {
    try (OnnxTensor tensor =
        OnnxTensor.createTensor(environment, pixels, new long[] {batch, 3, height, width})) {
      run(Map.of("pixels", tensor), "embedding", batch);
    } catch (OrtException e) {
      throw new IllegalStateException("a batch of [" + batch + "] failed", e);
    }
  }

  /** The embedding of one text, as the graph gives it. */
  public float[] text(long[] ids) {
    long[] mask = new long[ids.length];
    Arrays.fill(mask, 1);
    long[] shape = {1, ids.length};
    try (OnnxTensor texts = OnnxTensor.createTensor(environment, LongBuffer.wrap(ids), shape);
        OnnxTensor masks = OnnxTensor.createTensor(environment, LongBuffer.wrap(mask), shape)) {
      return run(Map.of("ids", texts, "mask", masks), "embedding", 1);
    } catch (OrtException e) {
      throw new IllegalStateException("a text of [" + ids.length + "] tokens failed", e);
    }
  }

  /**
   * Matches one text with a batch of images.
   *
   * @param tokens {@code [batch, count, hidden]}
   * @return logits {@code [batch * 2]}
   */
  public float[] pairs(long[] ids, FloatBuffer tokens, int batch, int count, int hidden) {
    String name = role.inputs().get("ids");
    try {
      // a graph may take one text for all images, or one for each
      long[] declared = ((TensorInfo) session.getInputInfo().get(name).getInfo()).getShape();
      int texts = declared[0] == 1 ? 1 : batch;
      LongBuffer repeated = LongBuffer.allocate(texts * ids.length);
      LongBuffer ones = LongBuffer.allocate(texts * ids.length);
      for (int i = 0; i < texts; i++) {
        repeated.put(ids);
      }
      Arrays.fill(ones.array(), 1);
      long[] shape = {texts, ids.length};
      try (OnnxTensor text = OnnxTensor.createTensor(environment, repeated.flip(), shape);
          OnnxTensor mask = OnnxTensor.createTensor(environment, ones, shape);
          OnnxTensor image =
              OnnxTensor.createTensor(environment, tokens, new long[] {batch, count, hidden})) {
        return run(Map.of("ids", text, "mask", mask, "tokens", image), "logits", batch);
      }
    } catch (OrtException e) {
      throw new IllegalStateException("[" + batch + "] pairs failed", e);
    }
  }

  private float[] run(Map<String, OnnxTensor> values, String output, int batch)
      throws OrtException {
    Map<String, OnnxTensor> inputs = new HashMap<>();
    role.inputs().forEach((name, inGraph) -> inputs.put(inGraph, values.get(name)));
    String wanted = role.outputs().get(output);
    try (OrtSession.Result result = session.run(inputs, Set.of(wanted))) {
      OnnxTensor tensor = (OnnxTensor) result.get(0);
      long rows = tensor.getInfo().getShape()[0];
      if (rows != batch) {
        throw new IllegalStateException("[" + batch + "] inputs gave [" + rows + "] results");
      }
      return tensor.getFloatBuffer().array();
    }
  }

  /** A direct buffer for that many floats, as the runtime uses. */
  public static FloatBuffer direct(int floats) {
    return ByteBuffer.allocateDirect(Math.multiplyExact(floats, Float.BYTES))
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
