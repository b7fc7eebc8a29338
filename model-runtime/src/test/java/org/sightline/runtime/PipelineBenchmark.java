package org.sightline.runtime;

import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.stream.Stream;
import org.sightline.bundle.Bundle;
import org.sightline.bundle.ImageSpec;
import org.sightline.bundle.RoleSpec;
import org.sightline.inference.Deadline;
import org.sightline.inference.EmbedRequest;
import org.sightline.inference.EmbedResponse;
import org.sightline.inference.InferenceInput;
import org.sightline.inference.Purpose;
import org.sightline.inference.Role;
import org.sightline.onnx.InputTensor;
import org.sightline.onnx.OnnxSession;

/**
 * Images per second through the whole runtime, against ONNX Runtime alone on the same graph with
 * the same threads, batches of the same size and pixels that are ready. Run by hand: {@code
 * PipelineBenchmark BUNDLE PICTURES [seconds]}.
 */
final class PipelineBenchmark {
  private static final int BATCH = 32;

  private PipelineBenchmark() {}

  public static void main(String[] args) throws Exception {
    Path bundle = Path.of(args[0]);
    long nanos = Duration.ofSeconds(args.length > 2 ? Long.parseLong(args[2]) : 10).toNanos();
    List<byte[]> pictures = new ArrayList<>();
    try (Stream<Path> files = Files.list(Path.of(args[1]))) {
      for (Path file : files.filter(Files::isRegularFile).sorted().limit(1000).toList()) {
        pictures.add(Files.readAllBytes(file));
      }
    }
    int threads = Runtime.getRuntime().availableProcessors();
    PrintStream out = System.out;
    for (int round = 0; round < 3; round++) {
      double bare = bare(bundle, threads, nanos);
      double whole = whole(bundle, pictures, threads, nanos, out);
      out.printf(
          Locale.ROOT,
          "bare %.1f images/s, runtime %.1f images/s, ratio %.3f%n",
          bare,
          whole,
          whole / bare);
    }
  }

  private static double bare(Path folder, int threads, long nanos) {
    Bundle bundle = Bundle.read(folder);
    RoleSpec role = bundle.manifest().role(Role.IMAGE_EMBEDDING).orElseThrow();
    ImageSpec image = bundle.manifest().image();
    OnnxSession session = OnnxSession.open(bundle.file(role.file()), threads);
    try {
      FloatBuffer pixels =
          ByteBuffer.allocateDirect(4 * BATCH * image.floats())
              .order(ByteOrder.nativeOrder())
              .asFloatBuffer();
      Map<String, InputTensor> inputs =
          Map.of(
              role.inputs().get("pixels"),
              new InputTensor.Floats(pixels, BATCH, 3, image.height(), image.width()));
      Set<String> outputs = Set.of(role.outputs().get("embedding"));
      session.run(inputs, outputs);
      long start = System.nanoTime();
      long count = 0;
      while (System.nanoTime() - start < nanos) {
        session.run(inputs, outputs);
        count += BATCH;
      }
      return count / ((System.nanoTime() - start) / 1e9);
    } finally {
      session.decRef();
    }
  }

  private static double whole(
      Path bundle, List<byte[]> pictures, int threads, long nanos, PrintStream out)
      throws Exception {
    ThreadPoolExecutor prepare = RuntimeTestCase.pool(threads, 1000);
    ThreadPoolExecutor infer = RuntimeTestCase.pool(1, 1000);
    String id = bundle.getFileName().toString();
    RuntimeLimits limits = RuntimeLimits.defaults().withCaches(0, 0).withSessionThreads(threads);
    try (LocalRuntime runtime =
        LocalRuntime.open(List.of(bundle.toAbsolutePath().getParent()), limits, prepare, infer)) {
      runtime.load(id).toCompletableFuture().get();
      Deque<CompletionStage<EmbedResponse>> underWay = new ArrayDeque<>();
      long start = System.nanoTime();
      long count = 0;
      int next = 0;
      while (System.nanoTime() - start < nanos) {
        // one picture a request, as the processor sends them, many under way, as a bulk does
        while (underWay.size() < 4 * BATCH) {
          byte[] picture = pictures.get(next++ % pictures.size());
          underWay.add(
              runtime
                  .inference()
                  .embed(
                      new EmbedRequest(
                          id,
                          List.of(InferenceInput.Image.of(picture)),
                          Purpose.INGEST,
                          Deadline.after(Duration.ofMinutes(1)))));
        }
        underWay.poll().toCompletableFuture().get().results().get(0).orThrow();
        count++;
      }
      double rate = count / ((System.nanoTime() - start) / 1e9);
      while (!underWay.isEmpty()) {
        underWay.poll().toCompletableFuture().get();
      }
      out.println(runtime.stats().roles().get(Role.IMAGE_EMBEDDING));
      runtime.stats().stages().forEach((stage, stats) -> out.println(stage + " " + stats));
      return rate;
    } finally {
      prepare.shutdown();
      infer.shutdown();
    }
  }
}
