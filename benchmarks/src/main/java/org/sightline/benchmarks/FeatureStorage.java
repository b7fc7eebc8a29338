package org.sightline.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.SessionSettings;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/**
 * Image tokens on disk: what each storage takes, how far match logits move, and how long reading
 * takes beside encoding the picture again. The bundled matcher on gallery pictures; one thread.
 */
public final class FeatureStorage {
  private static final String MODEL = "emoji-blip";
  private static final int TEXTS = 20;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private final Path bundles;
  private final List<InferenceInput.Image> images = new ArrayList<>();
  private final List<InferenceInput.Text> texts = new ArrayList<>();
  private final String fingerprint;
  private final ThreadPoolExecutor pool =
      new ThreadPoolExecutor(2, 2, 1, TimeUnit.MINUTES, new LinkedBlockingQueue<>());

  private FeatureStorage(Path checkout, int pictures) throws IOException {
    bundles = checkout.resolve("model-runtime/bundles");
    String manifest = Files.readString(bundles.resolve(MODEL).resolve(BundleManifest.FILE_NAME));
    fingerprint = BundleManifest.parse(manifest).fingerprint();
    List<Picture> gallery =
        Gallery.read(checkout.resolve("gallery-demo/gallery/noto.zip")).pictures();
    for (Picture picture : gallery.subList(0, pictures)) {
      images.add(InferenceInput.Image.of(picture.png()));
    }
    for (int i = 0; i < TEXTS; i++) {
      texts.add(new InferenceInput.Text(gallery.get(i * pictures / TEXTS).name()));
    }
  }

  /** Arguments: the checkout, then optionally {@code --quick}. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    boolean quick = List.of(arguments).contains("--quick");
    new FeatureStorage(Path.of(arguments[0]), quick ? 100 : 500).run(out);
  }

  private void run(PrintStream out) throws Exception {
    try {
      double encoding = encodingMillis();
      float[] fresh = logits(null, false);
      out.println("image tokens on disk: " + images.size() + " pictures, " + TEXTS + " texts");
      for (Storage storage : Storage.values()) {
        Path folder = Files.createTempDirectory("sightline-features");
        FeatureFiles files = FeatureFiles.open(folder, 1L << 30, storage);
        logits(files, false);
        awaitWritten(files);
        float[] kept = logits(files, true);
        double reading = readingMillis(files);
        out.printf(
            Locale.ROOT,
            "%-8s %6d bytes a picture, logits move by %.1e on average and %.1e at most,"
                + " reading over encoding %.1f times faster%n",
            storage.id(),
            files.stats().bytes() / images.size(),
            mean(fresh, kept),
            largest(fresh, kept),
            encoding / reading);
        delete(folder);
      }
    } finally {
      pool.shutdown();
    }
  }

  private LocalRuntime open(FeatureFiles files) {
    RuntimeLimits limits =
        RuntimeLimits.defaults().withCaches(0, 0).withSessions(new SessionSettings(1, Device.CPU));
    return LocalRuntime.open(List.of(bundles), limits, files, HeapAccount.NONE, pool, pool);
  }

  /** The match logits of all pairs; by digest alone, every token comes from the disk. */
  private float[] logits(FeatureFiles files, boolean byDigest) throws Exception {
    List<InferenceInput> inputs = new ArrayList<>();
    for (InferenceInput.Image image : images) {
      inputs.add(byDigest ? InferenceInput.Image.reference(image.digest()) : image);
    }
    float[] logits = new float[texts.size() * images.size()];
    try (LocalRuntime runtime = open(files)) {
      for (int t = 0; t < texts.size(); t++) {
        MatchRequest request =
            new MatchRequest(MODEL, texts.get(t), inputs, Purpose.RERANK, Deadline.after(PATIENCE));
        List<Outcome<MatchScore>> scores =
            runtime.inference().match(request).toCompletableFuture().get().results();
        for (int i = 0; i < scores.size(); i++) {
          logits[t * images.size() + i] = scores.get(i).orThrow().matchLogit();
        }
      }
    }
    return logits;
  }

  private void awaitWritten(FeatureFiles files) {
    while (files.stats().entries() < images.size()) {
      Thread.onSpinWait();
    }
  }

  /** From encoded bytes, one picture a request. */
  private double encodingMillis() throws Exception {
    try (LocalRuntime runtime = open(null)) {
      embedAll(runtime);
      long start = System.nanoTime();
      embedAll(runtime);
      return (System.nanoTime() - start) / 1e6 / images.size();
    }
  }

  private void embedAll(LocalRuntime runtime) throws ExecutionException, InterruptedException {
    for (InferenceInput.Image image : images) {
      EmbedRequest request =
          new EmbedRequest(MODEL, List.of(image), Purpose.RERANK, Deadline.after(PATIENCE));
      runtime.inference().embed(request).toCompletableFuture().get();
    }
  }

  private double readingMillis(FeatureFiles files) {
    readAll(files);
    long start = System.nanoTime();
    readAll(files);
    return (System.nanoTime() - start) / 1e6 / images.size();
  }

  private void readAll(FeatureFiles files) {
    for (InferenceInput.Image image : images) {
      if (files.read(fingerprint, image.digest()) == null) {
        throw new IllegalStateException("the tokens of [" + image.digest() + "] are not there");
      }
    }
  }

  private static double mean(float[] a, float[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += Math.abs(a[i] - b[i]);
    }
    return sum / a.length;
  }

  private static double largest(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]));
    }
    return largest;
  }

  private static void delete(Path folder) throws IOException {
    List<Path> paths;
    try (var all = Files.walk(folder)) {
      paths = new ArrayList<>(all.toList());
    }
    for (Path path : paths.reversed()) {
      Files.delete(path);
    }
  }
}
