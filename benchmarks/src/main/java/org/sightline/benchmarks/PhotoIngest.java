package org.sightline.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Photographs of the usual size through the pipeline, against the bare runtime and R2. */
final class PhotoIngest implements Part {
  static final String MODEL = "real-clip";
  private static final int BULK = 32;

  /** For what the gallery did not warm up. */
  private static final int WARM_UPS = 2;

  private final Row bare =
      new Row(
          "ingest-bare",
          "ingest, CLIP B/32, JPEG of 500×375, pictures/s",
          "bare ONNX Runtime, ready tensors, batches of 32",
          Goal.ratioOfAtLeast(0.95));
  private final Row rival =
      new Row("ingest-r2", "the same", "R2 (vectors only)", Goal.ratioOfAtLeast(1.05));

  @Override
  public List<Row> rows() {
    return List.of(bare, rival);
  }

  @Override
  public Set<String> models() {
    return Set.of(MODEL);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    int count = bench.quick() ? 192 : 384;
    List<Path> files = bench.photos().small(count);
    List<byte[]> photos = Photos.read(files);
    PhotoIndex index = new PhotoIndex(bench.node(), "photos", MODEL, BULK);
    for (int i = 0; i < WARM_UPS; i++) {
      index.fill(photos);
    }
    List<Double> ours = new ArrayList<>();
    List<Double> bares = new ArrayList<>();
    List<Double> rivals = new ArrayList<>();
    RivalIngest r2 = bench.wants(rival) ? rival(bench, report, files) : null;
    try (BareIngest runtime =
        BareIngest.best(bench.bundle(MODEL), photos.subList(0, 4 * BULK), bench.threads())) {
      long self = ProcessHandle.current().pid();
      ProcessorTime ourTime = new ProcessorTime(count, self, bench.node().pid());
      ProcessorTime bareTime = new ProcessorTime(runtime.pictures(), self);
      for (int round = 0; round < bench.rounds(); round++) {
        ours.add(ourTime.of(() -> index.fill(photos)));
        bares.add(bareTime.of(runtime::fromTensors));
        if (r2 != null) {
          rivals.add(r2.fill(count));
        }
      }
      if (bench.wants(bare)) {
        report.measured(
            bare,
            Spread.ratios(ours, bares),
            String.format(
                Locale.ROOT,
                "pipeline %s, bare %s pictures/s (%s); %.1f and %.1f ms of processor a picture",
                Spread.of(ours).text(1),
                Spread.of(bares).text(1),
                runtime.layout(),
                ourTime.median(),
                bareTime.median()));
      }
    }
    if (r2 != null) {
      double cosine = r2.cosine(photos.subList(0, 8));
      report.measured(
          rival,
          Spread.ratios(ours, rivals),
          cosine > 0.999,
          String.format(
              Locale.ROOT,
              "pipeline %s, R2 %s pictures/s; cosine of both sides' embeddings at least %.6f",
              Spread.of(ours).text(1),
              Spread.of(rivals).text(1),
              cosine));
    }
  }

  /** R2, warmed up; null where it cannot be had, which costs one row of the two. */
  private RivalIngest rival(Bench bench, Report report, List<Path> files) throws Exception {
    try {
      RivalIngest r2 = new RivalIngest(bench, "photos", files, MODEL);
      r2.fill(BULK);
      return r2;
    } catch (UnavailableException e) {
      report.notMeasured(rival, e.getMessage());
      return null;
    }
  }
}
