package org.sightline.benchmarks;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import org.sightline.benchmarks.rival.BareSession;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.image.CheckedImage;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.inference.Role;

/**
 * The same pictures through ONNX Runtime alone: once with ready tensors, which is the limit, and
 * once with decoding and preprocessing before each batch on the same thread.
 */
final class BareIngest extends Ingest {
  private static final int BATCH = 32;
  private static final long MAX_BYTES = 20L << 20;
  private static final long MAX_PIXELS = 100_000_000;

  private final List<byte[]> pictures;
  private final ImageSpec spec;
  private final ImageDecoder decoder = new ImageDecoder(MAX_BYTES, MAX_PIXELS, MAX_PIXELS);
  private final ImagePreprocessor preprocessor;
  private final List<BareSession> sessions = new ArrayList<>();
  private final ThreadPoolExecutor pool;
  private final FloatBuffer[] ready; // one direct buffer a batch

  private BareIngest(Path bundleFolder, List<byte[]> pictures, int count, int threads) {
    super(
        "bare ONNX Runtime with " + count + " session(s) of " + threads + " thread(s)",
        pictures.size() / BATCH * BATCH);
    Bundle bundle = Bundle.read(bundleFolder);
    this.pictures = List.copyOf(pictures.subList(0, pictures.size() / BATCH * BATCH));
    this.spec = bundle.manifest().image();
    this.preprocessor = new ImagePreprocessor(spec);
    this.pool =
        new ThreadPoolExecutor(count, count, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
    for (int i = 0; i < count; i++) {
      sessions.add(new BareSession(bundle, Role.IMAGE_EMBEDDING, threads));
    }
    this.ready = new FloatBuffer[this.pictures.size() / BATCH];
    for (int i = 0; i < ready.length; i++) {
      ready[i] = prepare(i);
    }
  }

  /** The faster one of: one session with all threads, or a session for each thread. */
  static BareIngest best(Path bundleFolder, List<byte[]> pictures, int threads) {
    BareIngest one = new BareIngest(bundleFolder, pictures, 1, threads);
    one.rate();
    double rateOfOne = one.rate();
    if (threads == 1) {
      return one;
    }
    BareIngest several = new BareIngest(bundleFolder, pictures, threads, 1);
    several.rate();
    boolean faster = several.rate() > rateOfOne;
    (faster ? one : several).close();
    return faster ? several : one;
  }

  private FloatBuffer prepare(int batch) {
    FloatBuffer pixels = BareSession.direct(BATCH * spec.floats());
    for (byte[] picture : pictures.subList(batch * BATCH, (batch + 1) * BATCH)) {
      try (CheckedImage image = decoder.open(picture, spec)) {
        pixels.put(preprocessor.pixels(image.decode()));
      }
    }
    return pixels.flip();
  }

  /** Pictures a second from ready tensors. */
  @Override
  double rate() {
    return rate(batch -> ready[batch]);
  }

  /** Pictures a second from encoded bytes; each session decodes its batches. */
  double fromBytes() {
    return rate(this::prepare);
  }

  private double rate(IntFunction<FloatBuffer> pixels) {
    long start = System.nanoTime();
    List<CompletableFuture<Void>> workers = new ArrayList<>();
    for (int s = 0; s < sessions.size(); s++) {
      int first = s;
      workers.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = first; i < ready.length; i += sessions.size()) {
                  sessions.get(first).images(pixels.apply(i), BATCH, spec.height(), spec.width());
                }
              },
              pool));
    }
    workers.forEach(CompletableFuture::join);
    return pictures.size() / ((System.nanoTime() - start) / 1e9);
  }

  @Override
  public void close() {
    pool.shutdown();
    sessions.forEach(BareSession::close);
  }
}
