package org.sightline.benchmarks;

import java.io.PrintStream;
import java.nio.FloatBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.inference.Role;

/**
 * How a graph is best run with the threads of this machine, bare ONNX Runtime without a node: runs
 * side by side of one thread each, or one run with all threads; threads that wait awake or asleep.
 * CLIP B/32 of real size.
 */
public final class Sessions {
  private static final int[] BATCHES = {32, 16, 8, 4, 2, 1};
  private static final int TOKENS = 12;
  private static final Duration BETWEEN_TEXTS = Duration.ofMillis(5);

  /** Longer than idle threads of ONNX Runtime stay awake. */
  private static final Duration AWAKE = Duration.ofSeconds(1);

  private final Bench bench;
  private final PrintStream out;
  private final ThreadPoolExecutor pool;

  private Sessions(Bench bench, PrintStream out) {
    this.bench = bench;
    this.out = out;
    this.pool =
        new ThreadPoolExecutor(
            bench.threads(), bench.threads(), 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
  }

  /** Arguments: the checkout, then optionally {@code --quick} and {@code --python FILE}. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Options options = Options.parse(List.of(arguments), Set.of());
    try (Bench bench = new Bench(options, Set.of(), System.err)) {
      new Sessions(bench, out).run();
    }
  }

  private void run() {
    try {
      for (String model : List.of("real-clip", "real-clip-int8")) {
        Bundle bundle = Bundle.read(bench.bundle(model));
        images(bundle);
        texts(bundle);
      }
    } finally {
      pool.shutdown();
    }
  }

  /** Images a second; the first layout is what the others are compared with. */
  private void images(Bundle bundle) {
    int threads = bench.threads();
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    try (BareSession all =
            new BareSession(bundle, Role.IMAGE_EMBEDDING, threads, BareSession.Idle.AWAKE_IN_RUNS);
        BareSession single = new BareSession(bundle, Role.IMAGE_EMBEDDING, 1)) {
      for (int round = -1; round < bench.rounds(); round++) {
        measured(rates, round, "1 run of " + threads + " threads, 32", rate(bundle, all, 1, 32));
        for (int batch : BATCHES) {
          String name = threads + " runs of 1 thread, " + batch;
          measured(rates, round, name, rate(bundle, single, threads, batch));
        }
      }
    }
    print(bundle, "images a second: runs at the same time, images of each", rates, 1);
  }

  private double rate(Bundle bundle, BareSession session, int runs, int batch) {
    ImageSpec spec = bundle.manifest().image();
    FloatBuffer pixels = noise(batch * spec.floats());
    int images = bench.quick() ? 64 : 256;
    int each = images / runs / batch;
    long start = System.nanoTime();
    List<CompletableFuture<Void>> workers = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      workers.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < each; i++) {
                  session.images(pixels.duplicate(), batch, spec.height(), spec.width());
                }
              },
              pool));
    }
    workers.forEach(CompletableFuture::join);
    return each * runs * batch / ((System.nanoTime() - start) / 1e9);
  }

  /** Texts a second, one at a time with a pause in between, as searches come. */
  private void texts(Bundle bundle) {
    Map<String, List<Double>> rates = new LinkedHashMap<>();
    int threads = bench.threads();
    try (BareSession single = new BareSession(bundle, Role.TEXT_EMBEDDING, 1);
        BareSession asleep = text(bundle, BareSession.Idle.ASLEEP);
        BareSession awake = text(bundle, BareSession.Idle.AWAKE);
        BareSession inRuns = text(bundle, BareSession.Idle.AWAKE_IN_RUNS)) {
      for (int round = -1; round < bench.rounds(); round++) {
        measured(rates, round, "1 thread", 1000 / p50(single));
        measured(rates, round, threads + " threads, asleep while they wait", 1000 / p50(asleep));
        measured(rates, round, threads + " threads, awake in runs", 1000 / p50(inRuns));
        measured(rates, round, threads + " threads, awake", 1000 / p50(awake));
        pause(AWAKE); // they would take a processor from what comes next
      }
    }
    print(bundle, "texts of " + TOKENS + " tokens, 1000 / p50 in ms", rates, 0);
  }

  private BareSession text(Bundle bundle, BareSession.Idle idle) {
    return new BareSession(bundle, Role.TEXT_EMBEDDING, bench.threads(), idle);
  }

  private double p50(BareSession session) {
    List<Double> times = new ArrayList<>();
    long[] ids = new Random(7).longs(TOKENS, 1000, 40_000).toArray();
    for (int i = 0; i < (bench.quick() ? 20 : 50); i++) {
      pause(BETWEEN_TEXTS);
      long start = System.nanoTime();
      session.text(ids);
      times.add((System.nanoTime() - start) / 1e6);
    }
    return Spread.of(times).median();
  }

  private static void pause(Duration length) {
    long end = System.nanoTime() + length.toNanos();
    for (long left = length.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  private static void measured(
      Map<String, List<Double>> rates, int round, String name, double rate) {
    if (round >= 0) { // the first one warms up
      rates.computeIfAbsent(name, key -> new ArrayList<>()).add(rate);
    }
  }

  private void print(Bundle bundle, String what, Map<String, List<Double>> rates, int decimals) {
    List<Double> first = rates.values().iterator().next();
    out.println("| " + bundle.manifest().id() + ", " + what + " | rate | over the first |");
    out.println("|---|---|---|");
    rates.forEach(
        (name, measured) ->
            out.println(
                String.format(
                    Locale.ROOT,
                    "| %s | %s | %s |",
                    name,
                    Spread.of(measured).text(decimals),
                    Spread.of(Spread.ratios(measured, first)).text(2))));
    out.println();
  }

  private static FloatBuffer noise(int floats) {
    FloatBuffer values = BareSession.direct(floats);
    Random random = new Random(7);
    for (int i = 0; i < floats; i++) {
      values.put(i, (float) random.nextGaussian());
    }
    return values;
  }
}
