package org.sightline.runtime.batch;

import java.nio.FloatBuffer;
import java.util.List;
import org.sightline.runtime.image.CheckedImage;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.scheduler.DecodeBudget;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.stats.RuntimeMetrics;
import org.sightline.runtime.stats.RuntimeStats.Stage;

/** From encoded bytes to the pixels of one model's graphs, in two steps. Thread-safe. */
public final class ImageStage {
  private final ImageDecoder decoder;
  private final ImagePreprocessor preprocessor;
  private final DecodeBudget budget;
  private final RuntimeMetrics metrics;

  public ImageStage(
      ImageDecoder decoder,
      ImagePreprocessor preprocessor,
      DecodeBudget budget,
      RuntimeMetrics metrics) {
    this.decoder = decoder;
    this.preprocessor = preprocessor;
    this.budget = budget;
    this.metrics = metrics;
  }

  public int width() {
    return preprocessor.spec().width();
  }

  public int height() {
    return preprocessor.spec().height();
  }

  /**
   * Work of a waiting image in pixels: those that its header declares, and at least those that the
   * model takes.
   */
  public long work(InferenceInput.Image image) {
    long model = (long) width() * height();
    return image.bytes() == null ? model : Math.max(model, decoder.declaredPixels(image.bytes()));
  }

  /** Heap of one prepared image, in bytes; and the number of floats that it becomes. */
  public int preparedBytes() {
    return preprocessor.spec().floats();
  }

  /**
   * Decodes, resizes and crops.
   *
   * @param job takes the heap of the decoded image, and waits for it in the budget
   * @return {@code [height * width * 3]}, red, green, blue: a quarter of what the graph takes, so
   *     that waiting for a batch costs little; null where the job waits for heap
   */
  byte[] prepare(byte[] encoded, Job<?> job) {
    long start = System.nanoTime();
    try (CheckedImage image = decoder.open(encoded, preprocessor.spec())) {
      if (!budget.take(job, image.workingBytes())) {
        return null;
      }
      try {
        return decodeAndPreprocess(image, System.nanoTime() - start);
      } finally {
        giveBack(job);
      }
    }
  }

  /** Gives back the heap that a job holds for its decoded image, if any. */
  void giveBack(Job<?> job) {
    budget.giveBack(job);
  }

  private byte[] decodeAndPreprocess(CheckedImage checked, long headerNanos) {
    long start = System.nanoTime();
    PixelRows image = checked.decode();
    long decoded = System.nanoTime();
    metrics.stage(Stage.DECODE).record(headerNanos + decoded - start);
    byte[] rgb = preprocessor.resize(image);
    metrics.stage(Stage.PREPROCESS).recordSince(decoded);
    return rgb;
  }

  /** Normalises prepared images to {@code [images, 3, height, width]}. */
  InputTensor pixels(List<byte[]> prepared, DirectBuffers buffers) {
    FloatBuffer batch = buffers.floats(Math.multiplyExact(prepared.size(), preparedBytes()));
    float[] pixels = new float[preparedBytes()];
    for (byte[] rgb : prepared) {
      preprocessor.normalise(rgb, pixels);
      batch.put(pixels);
    }
    return new InputTensor.Floats(batch.clear(), prepared.size(), 3, height(), width());
  }
}
