package org.sightline.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.sightline.benchmarks.Bench.UnavailableException;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.testsupport.gallery.Photos;

/**
 * Photographs through the pipeline of CLIP B/32, with rivals in the same rounds.
 *
 * @param name name of the index, and of the photographs in the rival's process
 * @param model bundle of our pipeline
 * @param large photographs of twelve megapixels instead of small ones
 * @param bulk photographs of a bulk request
 * @param versus the rows, each with its rival
 */
record PhotoIngest(String name, String model, boolean large, int bulk, List<Versus> versus)
    implements Part {
  static final String MODEL = "real-clip";
  private static final String INT8 = "real-clip-int8";
  private static final int WARM_UPS = 2;

  /** Makes a rival. */
  @FunctionalInterface
  private interface Opener {
    Ingest open(Bench bench, List<Path> files, List<byte[]> photos) throws Exception;
  }

  /**
   * A row and its rival.
   *
   * @param minCosine smallest cosine of both sides' embeddings that the goal allows; 0 where there
   *     are no embeddings to compare
   */
  record Versus(Row row, double minCosine, Opener rival) {}

  /** Photographs of the usual size against bare ONNX Runtime and R2. */
  static PhotoIngest ofSmall() {
    Row bare =
        new Row(
            "ingest-bare",
            "ingest, CLIP B/32, JPEG of 500×375, pictures/s",
            "bare ONNX Runtime, ready tensors, batches of 32",
            Goal.ratioOfAtLeast(0.95));
    Row r2 = new Row("ingest-r2", "the same", "R2 (vectors only)", Goal.ratioOfAtLeast(1.05));
    return new PhotoIngest(
        "photos",
        MODEL,
        false,
        32,
        List.of(
            new Versus(
                bare,
                0,
                (bench, files, photos) ->
                    BareIngest.best(bench.bundle(MODEL), photos.subList(0, 128), bench.threads())),
            new Versus(r2, 0.999, (bench, files, photos) -> r2(bench, "photos", files, photos))));
  }

  /** Photographs of twelve megapixels, where decoding costs more than the model. */
  static PhotoIngest ofLarge() {
    Row row =
        new Row(
            "ingest-12mp",
            "ingest, CLIP B/32, JPEG of 12 megapixels, pictures/s",
            "R2 (vectors only)",
            Goal.ratioOfAtLeast(1.5));
    return new PhotoIngest(
        "large",
        MODEL,
        true,
        4,
        List.of(
            new Versus(row, 0.999, (bench, files, photos) -> r2(bench, "large", files, photos))));
  }

  /** A bundle of eight-bit weights against the same weights in float32. */
  static PhotoIngest ofInt8() {
    Row row =
        new Row(
            "ingest-int8",
            "ingest, CLIP B/32 in int8, pictures/s, cosine ≥ 0.99",
            "the fp32 bundle",
            Goal.ratioOfAtLeast(2.5));
    return new PhotoIngest(
        "int8", INT8, false, 32, List.of(new Versus(row, 0.99, (b, files, p) -> exact(b, p))));
  }

  private static Ingest r2(Bench bench, String name, List<Path> files, List<byte[]> photos)
      throws Exception {
    List<byte[]> some = photos.subList(0, name.equals("large") ? 2 : 8);
    Ingest.R2 r2 =
        new Ingest.R2(bench, name, MODEL, name + "-r2", files, files.size()) {
          @Override
          double cosine() throws Exception {
            return cosine(some);
          }
        };
    r2.fill(Math.min(32, files.size()));
    return r2;
  }

  private static Ingest exact(Bench bench, List<byte[]> photos) throws Exception {
    BenchNode node = bench.node();
    List<byte[]> some = photos.subList(0, 32);
    new Ingest.Pipeline(node, "exact", MODEL, some, 32).rate();
    return new Ingest.Pipeline(node, "exact", MODEL, photos, 32) {
      @Override
      double cosine() {
        return BenchNode.minCosine(node.embed(MODEL, some), node.embed(INT8, some));
      }
    };
  }

  @Override
  public List<Row> rows() {
    return versus.stream().map(Versus::row).toList();
  }

  @Override
  public Set<String> models() {
    return model.equals(MODEL) ? Set.of(MODEL) : Set.of(MODEL, model);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    int count = large ? (bench.quick() ? 24 : 64) : (bench.quick() ? 192 : 384);
    bench.say("making " + count + " photographs where they are not there");
    List<Path> files = large ? bench.photos().large(count) : bench.photos().small(count);
    List<byte[]> photos = Photos.read(files);
    Ingest ours = new Ingest.Pipeline(bench.node(), name, model, photos, bulk);
    for (int i = 0; i < WARM_UPS; i++) {
      ours.rate();
    }
    List<Ingest> ways = new ArrayList<>(List.of(ours));
    List<Versus> measured = new ArrayList<>();
    try {
      for (Versus one : versus) {
        if (bench.wants(one.row())) {
          open(one, bench, report, files, photos, ways, measured);
        }
      }
      Ingest.rounds(measured.isEmpty() ? 0 : bench.rounds(), ways);
      for (int i = 0; i < measured.size(); i++) {
        Versus one = measured.get(i);
        ours.report(report, one.row(), ways.get(i + 1), one.minCosine(), "");
      }
    } finally {
      ways.forEach(Ingest::close);
    }
  }

  /** A rival that is missing costs its own row only. */
  private static void open(
      Versus one,
      Bench bench,
      Report report,
      List<Path> files,
      List<byte[]> photos,
      List<Ingest> ways,
      List<Versus> measured)
      throws Exception {
    try {
      ways.add(one.rival().open(bench, files, photos));
      measured.add(one);
    } catch (UnavailableException e) {
      report.notMeasured(one.row(), e.getMessage());
    }
  }
}
