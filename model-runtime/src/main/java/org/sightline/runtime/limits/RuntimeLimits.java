package org.sightline.runtime.limits;

import java.util.Objects;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.SessionSettings;

/**
 * Bounds of a runtime.
 *
 * @param maxImageBytes largest encoded image
 * @param maxImagePixels width times height of the largest image, taken from its header before
 *     anything is decoded. In any case decoded images (1 to 8 bytes a pixel) take at most a quarter
 *     of the heap together, and a larger image is refused
 * @param maxInputsPerRequest largest number of inputs of one request
 * @param queues bounds of waiting inputs of one role of one model, for each purpose; requests
 *     beyond them are refused
 * @param maxBatch largest number of inputs of one run of a graph
 * @param featureCacheBytes heap for image tokens, 0 for no cache
 * @param textCacheEntries cached text embeddings, 0 for no cache
 * @param modelBytes bytes of all loaded models' bundles together; the models unused for longest are
 *     unloaded to make room
 * @param sessions device and threads of sessions
 */
public record RuntimeLimits(
    long maxImageBytes,
    long maxImagePixels,
    int maxInputsPerRequest,
    QueueLimits queues,
    int maxBatch,
    long featureCacheBytes,
    int textCacheEntries,
    long modelBytes,
    SessionSettings sessions) {

  public RuntimeLimits {
    atLeast("maxImageBytes", maxImageBytes, 1);
    atLeast("maxImagePixels", maxImagePixels, 1);
    atLeast("maxInputsPerRequest", maxInputsPerRequest, 1);
    atLeast("maxBatch", maxBatch, 1);
    atLeast("featureCacheBytes", featureCacheBytes, 0);
    atLeast("textCacheEntries", textCacheEntries, 0);
    atLeast("modelBytes", modelBytes, 1);
    Objects.requireNonNull(queues, "queues");
    Objects.requireNonNull(sessions, "sessions");
  }

  static void atLeast(String name, long value, long min) {
    if (value < min) {
      throw new IllegalArgumentException(
          "[" + name + "] must be at least " + min + ", got [" + value + "]");
    }
  }

  /** Bounds for a node with a gigabyte of heap or more. */
  public static RuntimeLimits defaults() {
    return new RuntimeLimits(
        20L << 20,
        100_000_000L,
        1000,
        QueueLimits.DEFAULTS,
        32,
        64L << 20,
        10_000,
        Long.MAX_VALUE,
        new SessionSettings(Runtime.getRuntime().availableProcessors(), Device.CPU));
  }

  /** The same with other bounds on one image. */
  public RuntimeLimits withImage(long maxBytes, long maxPixels) {
    return new RuntimeLimits(
        maxBytes,
        maxPixels,
        maxInputsPerRequest,
        queues,
        maxBatch,
        featureCacheBytes,
        textCacheEntries,
        modelBytes,
        sessions);
  }

  /** The same with other bounds on requests, queues and batches. */
  public RuntimeLimits withQueues(int maxInputs, int maxQueued, int batch) {
    return new RuntimeLimits(
        maxImageBytes,
        maxImagePixels,
        maxInputs,
        queues.withInputs(maxQueued),
        batch,
        featureCacheBytes,
        textCacheEntries,
        modelBytes,
        sessions);
  }

  /** The same with other bounds on waiting inputs. */
  public RuntimeLimits withQueueLimits(QueueLimits limits) {
    return new RuntimeLimits(
        maxImageBytes,
        maxImagePixels,
        maxInputsPerRequest,
        limits,
        maxBatch,
        featureCacheBytes,
        textCacheEntries,
        modelBytes,
        sessions);
  }

  /** The same with other caches. */
  public RuntimeLimits withCaches(long featureBytes, int textEntries) {
    return new RuntimeLimits(
        maxImageBytes,
        maxImagePixels,
        maxInputsPerRequest,
        queues,
        maxBatch,
        featureBytes,
        textEntries,
        modelBytes,
        sessions);
  }

  /** The same with another bound on loaded models. */
  public RuntimeLimits withModelBytes(long bytes) {
    return new RuntimeLimits(
        maxImageBytes,
        maxImagePixels,
        maxInputsPerRequest,
        queues,
        maxBatch,
        featureCacheBytes,
        textCacheEntries,
        bytes,
        sessions);
  }

  /** The same with sessions opened in another way. */
  public RuntimeLimits withSessions(SessionSettings settings) {
    return new RuntimeLimits(
        maxImageBytes,
        maxImagePixels,
        maxInputsPerRequest,
        queues,
        maxBatch,
        featureCacheBytes,
        textCacheEntries,
        modelBytes,
        settings);
  }
}
