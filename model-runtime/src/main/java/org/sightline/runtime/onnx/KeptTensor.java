package org.sightline.runtime.onnx;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtSession;

/**
 * An output that stays in native memory, to be an input of the next run. Whoever received it closes
 * it; not before the run that reads it has ended.
 */
public final class KeptTensor implements AutoCloseable {
  private final OrtSession.Result result;
  private final OnnxTensor tensor;

  KeptTensor(OrtSession.Result result, OnnxTensor tensor) {
    this.result = result;
    this.tensor = tensor;
  }

  OnnxTensor tensor() {
    return tensor;
  }

  long[] shape() {
    return tensor.getInfo().getShape();
  }

  @Override
  public void close() {
    result.close();
  }
}
