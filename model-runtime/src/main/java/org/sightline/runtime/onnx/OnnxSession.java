package org.sightline.runtime.onnx;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.TensorInfo;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.lease.RefCounted;

/**
 * A graph that is ready to run. Thread-safe; the owner calls {@link #decRef()} when done, and a run
 * that is under way at that moment ends first.
 */
public final class OnnxSession extends RefCounted {
  private static final System.Logger logger = System.getLogger(OnnxSession.class.getName());

  private final String name;
  private final OrtEnvironment environment;
  private final OrtSession session;
  private final Device device;
  private final Runs runs;
  private final Map<String, TensorSpec> inputs;
  private final Map<String, TensorSpec> outputs;

  private OnnxSession(
      String name, OrtEnvironment environment, OrtSession session, Device device, Runs runs)
      throws OrtException {
    this.name = name;
    this.environment = environment;
    this.session = session;
    this.device = device;
    this.runs = runs;
    this.inputs = specs(session.getInputInfo());
    this.outputs = specs(session.getOutputInfo());
  }

  /**
   * Opens a graph. The native library is loaded on first use: ONNX Runtime unpacks it below {@code
   * java.io.tmpdir}. With {@code auto}, CUDA that does not work is said in the log, and the CPU
   * takes its place.
   *
   * @param file an ONNX file; weights in other files are looked for beside it
   * @param threads of the CPU that a run takes, the caller's among them, at least 1
   * @param runs gets the session's runs, which its owner may end
   * @throws BundleException when the file is no graph that can be run, or not on that device
   */
  public static OnnxSession open(Path file, int threads, Device device, Runs runs) {
    String name = file.getFileName().toString();
    OrtEnvironment environment =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR, "sightline");
    try {
      environment.setTelemetry(false);
      boolean cuda =
          device.kind() == Device.Kind.CUDA
              || device.kind() == Device.Kind.AUTO
                  && OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
      Device used = cuda ? new Device(Device.Kind.CUDA, device.index()) : Device.CPU;
      try {
        return open(file, threads, used, environment, runs);
      } catch (OrtException e) {
        if (device.kind() != Device.Kind.AUTO || cuda == false) {
          throw e;
        }
        logger.log(
            System.Logger.Level.WARNING,
            "the graph ["
                + name
                + "] runs on the CPU, because ["
                + used
                + "] cannot be used: "
                + e.getMessage());
        return open(file, threads, Device.CPU, environment, runs);
      }
    } catch (OrtException e) {
      String where = device.kind() == Device.Kind.CUDA ? " on [" + device + "]" : "";
      throw new BundleException(
          "the graph ["
              + name
              + "] cannot be opened"
              + where
              + ": "
              + e.getMessage()
              + needs(file, name),
          e);
    }
  }

  private static OnnxSession open(
      Path file, int threads, Device device, OrtEnvironment environment, Runs runs)
      throws OrtException {
    OrtSession session;
    try (OrtSession.SessionOptions options = options(threads)) {
      session =
          device.kind() == Device.Kind.CUDA
              ? onCuda(file, options, device, environment)
              : environment.createSession(file.toString(), options);
    }
    try {
      return new OnnxSession(file.getFileName().toString(), environment, session, device, runs);
    } catch (OrtException | RuntimeException e) {
      session.close();
      throw e;
    }
  }

  private static OrtSession onCuda(
      Path file, OrtSession.SessionOptions options, Device device, OrtEnvironment environment)
      throws OrtException {
    try (OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(device.index())) {
      // grows by what is asked for instead of by powers of two: models share the device's memory
      provider.add("arena_extend_strategy", "kSameAsRequested");
      options.addCUDA(provider);
      return environment.createSession(file.toString(), options);
    }
  }

  /** The operator sets of a graph that was refused: often one of them is the reason. */
  private static String needs(Path file, String name) {
    try {
      return "; it needs the operator sets " + OnnxFile.read(file, name).opsets();
    } catch (BundleException e) {
      return ""; // no ONNX file at all, which the message says already
    }
  }

  private static OrtSession.SessionOptions options(int threads) throws OrtException {
    OrtSession.SessionOptions options = new OrtSession.SessionOptions();
    options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
    options.setIntraOpNumThreads(threads);
    options.setInterOpNumThreads(1);
    // threads of a run wait for each other awake, a wake-up for each operation would be felt; the
    // process is shared with a search engine: between runs they must not burn its cores
    options.addConfigEntry("session.intra_op.allow_spinning", "1");
    options.addConfigEntry("session.force_spinning_stop", "1");
    // batches and text lengths vary, a pattern for each would only cost memory
    options.setMemoryPatternOptimization(false);
    return options;
  }

  /** Opens a graph whose runs nobody ends. */
  public static OnnxSession open(Path file, int threads, Device device) {
    return open(file, threads, device, new Runs());
  }

  /** File name of the graph, for messages. */
  public String name() {
    return name;
  }

  /** What the session runs on: CPU, or CUDA where that could be used. */
  public Device device() {
    return device;
  }

  /** Inputs by name. */
  public Map<String, TensorSpec> inputs() {
    return inputs;
  }

  /** Outputs by name. */
  public Map<String, TensorSpec> outputs() {
    return outputs;
  }

  /**
   * Runs the graph and copies the wanted outputs to the heap.
   *
   * @param values one for each input of the graph
   * @param wanted names of outputs, all of them floats of 32 or 16 bits
   * @throws InferenceException of kind {@code INTERNAL} when the run fails
   * @throws IllegalStateException when the session is closed
   */
  public Map<String, OutputTensor> run(Map<String, InputTensor> values, Set<String> wanted) {
    return run(
        values,
        wanted,
        result -> {
          try (result) {
            Map<String, OutputTensor> copies = new HashMap<>();
            for (String output : wanted) {
              copies.put(output, copy(result, output));
            }
            return copies;
          }
        });
  }

  /**
   * One step of a generation.
   *
   * @param values on the heap
   * @param state what the next step goes on from; the caller closes it
   */
  public record Step(OutputTensor values, KeptTensor state) {}

  /**
   * Runs the graph, copies one output to the heap and keeps another one in native memory.
   *
   * @param values one for each input of the graph
   * @param copied name of the output that is copied
   * @param kept name of the output that is kept
   * @throws InferenceException of kind {@code INTERNAL} when the run fails
   * @throws IllegalStateException when the session is closed
   */
  public Step runKeeping(Map<String, InputTensor> values, String copied, String kept) {
    return run(
        values,
        Set.of(copied, kept),
        result -> {
          try {
            return new Step(
                copy(result, copied),
                new KeptTensor(result, (OnnxTensor) result.get(kept).orElseThrow()));
          } catch (RuntimeException e) {
            result.close();
            throw e;
          }
        });
  }

  private static OutputTensor copy(OrtSession.Result result, String output) {
    OnnxTensor value = (OnnxTensor) result.get(output).orElseThrow();
    FloatBuffer copy = value.getFloatBuffer(); // also of halves
    if (copy.hasArray()) {
      return new OutputTensor(copy.array(), value.getInfo().getShape());
    }
    float[] data = new float[copy.remaining()];
    copy.get(data);
    return new OutputTensor(data, value.getInfo().getShape());
  }

  private <T> T run(
      Map<String, InputTensor> values, Set<String> wanted, Function<OrtSession.Result, T> read) {
    if (!tryIncRef()) {
      throw new IllegalStateException("the session of [" + name + "] is closed");
    }
    List<OnnxTensor> made = new ArrayList<>();
    try {
      Map<String, OnnxTensor> tensors = new HashMap<>();
      for (Map.Entry<String, InputTensor> entry : values.entrySet()) {
        OnnxTensor tensor = tensor(inputs.get(entry.getKey()), entry.getValue());
        tensors.put(entry.getKey(), tensor);
        if (!(entry.getValue() instanceof InputTensor.Kept)) {
          made.add(tensor);
        }
      }
      OrtSession.RunOptions options = runs.begin();
      try {
        return read.apply(session.run(tensors, wanted, options));
      } finally {
        runs.end(options);
      }
    } catch (OrtException e) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL,
          "the graph [" + name + "] failed: " + e.getMessage(),
          e);
    } finally {
      made.forEach(OnnxTensor::close);
      decRef();
    }
  }

  /** The values in the element type that the graph's input has. */
  private OnnxTensor tensor(TensorSpec input, InputTensor value) throws OrtException {
    return switch (value) {
      case InputTensor.Floats floats ->
          input != null && input.type().equals(TensorSpec.FLOAT16)
              ? OnnxTensor.createTensor(
                  environment, halved(floats), floats.shape(), OnnxJavaType.FLOAT16)
              : OnnxTensor.createTensor(
                  environment, floats.buffer().slice(0, floats.size()), floats.shape());
      case InputTensor.Longs longs ->
          input != null && input.type().equals(TensorSpec.INT32)
              ? OnnxTensor.createTensor(environment, narrowed(longs), longs.shape())
              : OnnxTensor.createTensor(
                  environment, longs.buffer().slice(0, longs.size()), longs.shape());
      case InputTensor.Kept kept -> kept.tensor().tensor();
    };
  }

  /**
   * The nearest 16-bit floats: graphs in half precision take pixels so, which are small numbers.
   */
  private static ShortBuffer halved(InputTensor.Floats floats) {
    ShortBuffer halves =
        ByteBuffer.allocateDirect(Math.multiplyExact(floats.size(), Short.BYTES))
            .order(ByteOrder.nativeOrder())
            .asShortBuffer();
    for (int i = 0; i < floats.size(); i++) {
      halves.put(i, Float.floatToFloat16(floats.buffer().get(i)));
    }
    return halves;
  }

  /** Ids, masks and rows are small numbers: one that does not fit is an error of the caller. */
  private static IntBuffer narrowed(InputTensor.Longs longs) {
    IntBuffer narrow =
        ByteBuffer.allocateDirect(Math.multiplyExact(longs.size(), Integer.BYTES))
            .order(ByteOrder.nativeOrder())
            .asIntBuffer();
    for (int i = 0; i < longs.size(); i++) {
      narrow.put(i, Math.toIntExact(longs.buffer().get(i)));
    }
    return narrow;
  }

  @Override
  protected void release() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException("the session of [" + name + "] cannot be closed", e);
    }
  }

  /** What the graph contains, for messages. */
  String describe() {
    return "inputs "
        + new TreeSet<>(inputs.values().stream().map(TensorSpec::toString).toList())
        + " and outputs "
        + new TreeSet<>(outputs.values().stream().map(TensorSpec::toString).toList());
  }

  private static Map<String, TensorSpec> specs(Map<String, NodeInfo> nodes) {
    Map<String, TensorSpec> specs = new LinkedHashMap<>();
    for (NodeInfo node : nodes.values()) {
      if (node.getInfo() instanceof TensorInfo tensor) {
        String type = tensor.type.name().toLowerCase(Locale.ROOT);
        specs.put(
            node.getName(),
            new TensorSpec(
                node.getName(), type, Arrays.stream(tensor.getShape()).boxed().toList()));
      } else {
        specs.put(node.getName(), new TensorSpec(node.getName(), "no tensor", List.of()));
      }
    }
    return specs;
  }

  @Override
  public String toString() {
    return "OnnxSession[" + name + "]";
  }
}
