package org.sightline.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.features.FeatureFiles;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.inference.InferenceInput;

/**
 * Image tokens from files in int8, which the operating system has in memory, against decoding and
 * encoding the picture with all threads.
 */
final class TokenReads implements Part {
  private static final String SHIPPED = "emoji-blip";

  /** For the compiler, which otherwise takes part in the first rounds. */
  private static final int WARM_UPS = 20;

  /** Over all pictures in a round: one takes a few milliseconds, as a pause of the process does. */
  private static final int PASSES = 10;

  private final Row real =
      new Row(
          "token-read",
          "int8 image tokens read from disk, BLIP-base @384",
          "encoding the picture again",
          Goal.ratioOfAtLeast(100));
  private final Row shipped =
      new Row(
          "token-read-emoji",
          "the same, emoji-blip",
          "encoding the picture again",
          Goal.ratioOfAtLeast(100));

  @Override
  public List<Row> rows() {
    return List.of(real, shipped);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    if (bench.wants(shipped)) {
      List<InferenceInput.Image> images = new ArrayList<>();
      bench.gallery().pictures().subList(0, 200).stream()
          .map(picture -> InferenceInput.Image.of(picture.png()))
          .forEach(images::add);
      measure(bench, report, shipped, SHIPPED, images, 200);
    }
    if (bench.wants(real)) {
      List<InferenceInput.Image> images = TokenStore.filled(bench).images();
      measure(bench, report, real, PairScores.MODEL, images, bench.quick() ? 4 : 12);
    }
  }

  /**
   * @param encoded how many pictures of a round are encoded; all are read
   */
  private static void measure(
      Bench bench,
      Report report,
      Row row,
      String model,
      List<InferenceInput.Image> images,
      int encoded)
      throws Exception {
    String fingerprint = Bundle.read(bench.bundle(model)).manifest().fingerprint();
    Path folder = Files.createTempDirectory(bench.cache(), "int8");
    try (Matcher runtime = new Matcher(bench, model, null, 0)) {
      FeatureFiles files = FeatureFiles.open(folder, 1L << 30, Storage.INT8);
      write(bench, model, fingerprint, images, files);
      List<Double> readings = new ArrayList<>();
      List<Double> encodings = new ArrayList<>();
      List<InferenceInput.Image> chosen = images.subList(0, encoded);
      for (int i = 0; i < WARM_UPS; i++) {
        read(files, fingerprint, images);
      }
      for (InferenceInput.Image image : chosen) {
        runtime.embed(image);
      }
      for (int round = 0; round < bench.rounds(); round++) {
        long start = System.nanoTime();
        for (int i = 0; i < PASSES; i++) {
          read(files, fingerprint, images);
        }
        readings.add((System.nanoTime() - start) / 1e6 / images.size() / PASSES);
        start = System.nanoTime();
        for (InferenceInput.Image image : chosen) {
          runtime.embed(image);
        }
        encodings.add((System.nanoTime() - start) / 1e6 / chosen.size());
      }
      report.measured(
          row,
          Spread.ratios(encodings, readings),
          String.format(
              Locale.ROOT,
              "reading %.3f, encoding %.2f ms a picture of %d bytes",
              Spread.of(readings).median(),
              Spread.of(encodings).median(),
              files.stats().bytes() / images.size()));
    } finally {
      delete(folder);
    }
  }

  private static void write(
      Bench bench,
      String model,
      String fingerprint,
      List<InferenceInput.Image> images,
      FeatureFiles files)
      throws Exception {
    if (model.equals(PairScores.MODEL)) {
      TokenStore store = TokenStore.filled(bench);
      for (InferenceInput.Image image : images) {
        files.write(fingerprint, image.digest(), store.read(image.digest()));
      }
      return;
    }
    try (Matcher runtime = new Matcher(bench, model, files, 0)) {
      runtime.match("a heart", List.copyOf(images));
      while (files.stats().entries() < images.size()) {
        Thread.onSpinWait(); // written beside the request that made them
      }
    }
  }

  private static void read(
      FeatureFiles files, String fingerprint, List<InferenceInput.Image> images) {
    for (InferenceInput.Image image : images) {
      ImageFeatures features = files.read(fingerprint, image.digest());
      if (features == null) {
        throw new IllegalStateException("the tokens of [" + image.digest() + "] are not there");
      }
    }
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
