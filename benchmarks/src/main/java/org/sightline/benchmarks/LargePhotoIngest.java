package org.sightline.benchmarks;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Photographs of twelve megapixels, where decoding costs more than the model. */
final class LargePhotoIngest implements Part {
  private static final String MODEL = PhotoIngest.MODEL;
  private static final int BULK = 4;

  private final Row row =
      new Row(
          "ingest-12mp",
          "ingest, CLIP B/32, JPEG of 12 megapixels, pictures/s",
          "R2 (vectors only)",
          Goal.ratioOfAtLeast(1.5));

  @Override
  public List<Row> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of(MODEL);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    int count = bench.quick() ? 24 : 64;
    bench.say("making " + count + " large photographs where they are not there");
    List<Path> files = bench.photos().large(count);
    List<byte[]> photos = Photos.read(files);
    PhotoIndex index = new PhotoIndex(bench.node(), "large", MODEL, BULK);
    RivalIngest r2 = new RivalIngest(bench, "large", files, MODEL);
    index.fill(photos);
    r2.fill(BULK);
    List<Double> ours = new ArrayList<>();
    List<Double> rivals = new ArrayList<>();
    for (int round = 0; round < bench.rounds(); round++) {
      ours.add(index.fill(photos));
      rivals.add(r2.fill(count));
    }
    double cosine = r2.cosine(photos.subList(0, 2));
    report.measured(
        row,
        Spread.ratios(ours, rivals),
        cosine > 0.999,
        String.format(
            Locale.ROOT,
            "pipeline %s, R2 %s pictures/s; a file has %.1f MB; cosine of both sides' embeddings"
                + " at least %.6f",
            Spread.of(ours).text(2),
            Spread.of(rivals).text(2),
            photos.get(0).length / 1e6,
            cosine));
  }
}
