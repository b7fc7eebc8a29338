package org.sightline.parts;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.OnnxSession;
import org.sightline.runtime.onnx.OutputTensor;
import org.sightline.runtime.onnx.SessionSettings;
import org.sightline.runtime.text.TextTokenizer;

/** The graphs of the bundled CLIP with everything ready in native memory. */
public class SessionParts {
  private static final int BATCH = 32;

  /** The graph for one role of the bundled CLIP. */
  private static final class Graph {
    private final RoleSpec role;
    private final OnnxSession session;

    Graph(Bundle bundle, Role served) {
      SessionSettings settings = RuntimeLimits.defaults().sessions();
      role = bundle.manifest().role(served).orElseThrow();
      session = OnnxSession.open(bundle.file(role.file()), settings.threads(), settings.device());
    }

    Map<String, InputTensor> named(Map<String, InputTensor> inputs) {
      Map<String, InputTensor> named = new HashMap<>();
      role.inputs().forEach((name, inGraph) -> named.put(inGraph, inputs.get(name)));
      return named;
    }

    Map<String, OutputTensor> run(Map<String, InputTensor> inputs) {
      return session.run(inputs, Set.of(role.outputs().get("embedding")));
    }

    void close() {
      session.decRef();
    }
  }

  /** A text of 12 tokens. */
  @State(Scope.Thread)
  public static class TextGraph {
    private Graph graph;
    private Map<String, InputTensor> inputs;

    /** Opens the graph. */
    @Setup
    public void open() {
      Bundle bundle = Material.bundle(Models.CLIP);
      TextTokenizer tokenizer =
          TextTokenizer.open(bundle.file(BundleManifest.TOKENIZER), bundle.manifest().text());
      long[] ids = tokenizer.ids(Captions.ofTokens(12, tokenizer));
      tokenizer.decRef();
      graph = new Graph(bundle, Role.TEXT_EMBEDDING);
      LongBuffer mask = bytes(ids.length * Long.BYTES).asLongBuffer();
      for (int i = 0; i < ids.length; i++) {
        mask.put(i, 1);
      }
      LongBuffer direct = bytes(ids.length * Long.BYTES).asLongBuffer().put(0, ids);
      inputs =
          graph.named(
              Map.of(
                  "ids", new InputTensor.Longs(direct, 1, ids.length),
                  "mask", new InputTensor.Longs(mask, 1, ids.length)));
    }

    /** Closes it. */
    @TearDown
    public void close() {
      graph.close();
    }
  }

  /** Pictures of the gallery, preprocessed: one, and a full batch. */
  @State(Scope.Thread)
  public static class ImageGraph {
    private Graph graph;
    private Map<String, InputTensor> one;
    private Map<String, InputTensor> batch;

    /** Opens the graph. */
    @Setup
    public void open() {
      Bundle bundle = Material.bundle(Models.CLIP);
      ImageSpec spec = bundle.manifest().image();
      ImageDecoder decoder = new ImageDecoder(1 << 20, 1 << 20, 1 << 24);
      ImagePreprocessor preprocessor = new ImagePreprocessor(spec);
      FloatBuffer pixels = bytes(BATCH * spec.floats() * Float.BYTES).asFloatBuffer();
      Material.gallery(BATCH)
          .forEach(picture -> pixels.put(preprocessor.pixels(decoder.decode(picture.png(), spec))));
      pixels.clear();
      graph = new Graph(bundle, Role.IMAGE_EMBEDDING);
      one = graph.named(Map.of("pixels", tensor(pixels, 1, spec)));
      batch = graph.named(Map.of("pixels", tensor(pixels, BATCH, spec)));
    }

    private static InputTensor tensor(FloatBuffer pixels, int images, ImageSpec spec) {
      return new InputTensor.Floats(pixels, images, 3, spec.height(), spec.width());
    }

    /** Closes it. */
    @TearDown
    public void close() {
      graph.close();
    }
  }

  private static ByteBuffer bytes(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /** {@link Parts#SESSION_TEXT}. */
  @Benchmark
  public Map<String, OutputTensor> text(TextGraph state) {
    return state.graph.run(state.inputs);
  }

  /** {@link Parts#SESSION_IMAGE}. */
  @Benchmark
  public Map<String, OutputTensor> image(ImageGraph state) {
    return state.graph.run(state.one);
  }

  /** {@link Parts#SESSION_IMAGES}. */
  @Benchmark
  public Map<String, OutputTensor> images(ImageGraph state) {
    return state.graph.run(state.batch);
  }
}
