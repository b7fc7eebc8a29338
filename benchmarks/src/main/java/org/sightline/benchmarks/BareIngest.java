package org.sightline.benchmarks;

import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import org.sightline.bundle.Bundle;
import org.sightline.bundle.ImageSpec;
import org.sightline.demo.Picture;
import org.sightline.image.ImageDecoder;
import org.sightline.image.ImagePreprocessor;
import org.sightline.inference.Role;

/**
 * The same pictures through ONNX Runtime alone: once with ready tensors, which is the limit, and
 * once with decoding and preprocessing before each batch on the same thread.
 */
final class BareIngest implements AutoCloseable {
  static final int BATCH = 32;
  private static final long MAX_BYTES = 20L << 20;
  private static final long MAX_PIXELS = 100_000_000;

  private final List<Picture> pictures;
  private final ImageSpec spec;
  private final ImageDecoder decoder = new ImageDecoder(MAX_BYTES, MAX_PIXELS, MAX_PIXELS);
  private final ImagePreprocessor preprocessor;
  private final BareSession session;
  private final FloatBuffer[] ready; // one direct buffer a batch

  BareIngest(Path bundleFolder, List<Picture> pictures, int threads) {
    Bundle bundle = Bundle.read(bundleFolder);
    this.pictures = List.copyOf(pictures.subList(0, pictures.size() / BATCH * BATCH));
    this.spec = bundle.manifest().image();
    this.preprocessor = new ImagePreprocessor(spec);
    String file = bundle.manifest().role(Role.IMAGE_EMBEDDING).orElseThrow().file();
    this.session = new BareSession(bundle.file(file), threads);
    this.ready = new FloatBuffer[this.pictures.size() / BATCH];
    for (int i = 0; i < ready.length; i++) {
      ready[i] = prepare(i);
    }
  }

  private FloatBuffer prepare(int batch) {
    FloatBuffer pixels = BareSession.direct(BATCH * spec.floats());
    for (Picture picture : pictures.subList(batch * BATCH, (batch + 1) * BATCH)) {
      pixels.put(preprocessor.pixels(decoder.decode(picture.png(), spec.transparency())));
    }
    return pixels.flip();
  }

  /** Pictures a second from ready tensors. */
  double fromTensors() {
    long start = System.nanoTime();
    for (FloatBuffer pixels : ready) {
      session.images(pixels, BATCH, spec.height(), spec.width());
    }
    return rate(start);
  }

  /** Pictures a second from encoded bytes. */
  double fromBytes() {
    long start = System.nanoTime();
    for (int i = 0; i < ready.length; i++) {
      session.images(prepare(i), BATCH, spec.height(), spec.width());
    }
    return rate(start);
  }

  private double rate(long start) {
    return pictures.size() / ((System.nanoTime() - start) / 1e9);
  }

  @Override
  public void close() {
    session.close();
  }
}
