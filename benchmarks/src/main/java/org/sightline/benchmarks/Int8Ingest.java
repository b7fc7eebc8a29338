package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** The same photographs and pipeline with a bundle of eight-bit weights. */
final class Int8Ingest implements Part {
  private static final String INT8 = "real-clip-int8";
  private static final int BULK = 32;
  private static final double MIN_COSINE = 0.99;

  private final Row row =
      new Row(
          "ingest-int8",
          "ingest, CLIP B/32 in int8, pictures/s, cosine ≥ 0.99",
          "the fp32 bundle",
          Goal.ratioOfAtLeast(2.8));

  @Override
  public List<Row> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of(PhotoIngest.MODEL, INT8);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    List<byte[]> photos = Photos.read(bench.photos().small(bench.quick() ? 192 : 384));
    PhotoIndex exact = new PhotoIndex(bench.node(), "exact", PhotoIngest.MODEL, BULK);
    PhotoIndex small = new PhotoIndex(bench.node(), "int8", INT8, BULK);
    exact.fill(photos.subList(0, BULK));
    small.fill(photos);
    List<Double> exacts = new ArrayList<>();
    List<Double> smalls = new ArrayList<>();
    for (int round = 0; round < bench.rounds(); round++) {
      smalls.add(small.fill(photos));
      exacts.add(exact.fill(photos));
    }
    List<byte[]> some = photos.subList(0, BULK);
    double cosine =
        BenchNode.minCosine(
            bench.node().embed(PhotoIngest.MODEL, some), bench.node().embed(INT8, some));
    report.measured(
        row,
        Spread.ratios(smalls, exacts),
        cosine >= MIN_COSINE,
        String.format(
            Locale.ROOT,
            "int8 %s, fp32 %s pictures/s; cosine at least %.4f",
            Spread.of(smalls).text(1),
            Spread.of(exacts).text(1),
            cosine));
  }
}
