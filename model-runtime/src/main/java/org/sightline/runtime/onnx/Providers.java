package org.sightline.runtime.onnx;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtProvider;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.OrtCUDAProviderOptions;

/** Puts a device into the options of a session. */
final class Providers {
  private static final System.Logger logger = System.getLogger(Providers.class.getName());

  private Providers() {}

  /** Makes a session from options. */
  interface Open {
    OrtSession with(OrtSession.SessionOptions options) throws OrtException;
  }

  /** A session and what it runs on. */
  record Opened(OrtSession session, Device device) {}

  /** Options that know nothing of devices; the receiver closes them. */
  interface Options {
    OrtSession.SessionOptions create() throws OrtException;
  }

  /**
   * Opens a session on a device. With {@code auto}, CUDA that does not work is said in the log, and
   * the CPU takes its place; with {@code cuda} it is an error.
   *
   * @param name of the graph, for messages
   */
  static Opened open(String name, Device wanted, Options plain, Open open) throws OrtException {
    if (wanted.kind() == Device.Kind.CPU || wanted.kind() == Device.Kind.AUTO && !hasCuda()) {
      try (OrtSession.SessionOptions options = plain.create()) {
        return new Opened(open.with(options), Device.CPU);
      }
    }
    Device cuda = new Device(Device.Kind.CUDA, wanted.index());
    try (OrtSession.SessionOptions options = plain.create();
        OrtCUDAProviderOptions provider = new OrtCUDAProviderOptions(cuda.index())) {
      // grows by what is asked for instead of by powers of two: models share the device's memory
      provider.add("arena_extend_strategy", "kSameAsRequested");
      options.addCUDA(provider);
      return new Opened(open.with(options), cuda);
    } catch (OrtException e) {
      if (wanted.kind() == Device.Kind.CUDA) {
        throw e;
      }
      logger.log(
          System.Logger.Level.WARNING,
          "the graph ["
              + name
              + "] runs on the CPU, because ["
              + cuda
              + "] cannot be used: "
              + e.getMessage());
      return open(name, Device.CPU, plain, open);
    }
  }

  private static boolean hasCuda() {
    return OrtEnvironment.getAvailableProviders().contains(OrtProvider.CUDA);
  }
}
