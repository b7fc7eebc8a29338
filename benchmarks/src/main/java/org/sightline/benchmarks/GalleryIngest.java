package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.sightline.demo.ConsoleProgress;
import org.sightline.demo.GalleryIndex;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/** The demo's gallery with the bundled model, as the demo indexes it. */
final class GalleryIngest implements Part {
  private static final int RIVAL_WARM_UP = 512;

  private final Row row =
      new Row(
          "ingest-gallery",
          "emoji demo: gallery indexed, pictures/s",
          "R2",
          Goal.ratioOfAtLeast(2));

  @Override
  public List<Row> rows() {
    return List.of(row);
  }

  @Override
  public Set<String> models() {
    return Set.of();
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    Path zip = bench.checkout().resolve("gallery-demo/gallery/noto.zip");
    List<Picture> all = Gallery.read(zip).pictures();
    List<Picture> pictures = bench.quick() ? all.subList(0, all.size() / 2) : all;
    List<Path> files = files(bench.cache().resolve("gallery"), all);
    RivalIngest r2 = RivalIngest.ofGallery(bench, files, all);
    HttpJson http = bench.node().http();
    index(http, all);
    JsonNode ourDocument = document(http, pictures.get(0));
    fill(http, r2, RIVAL_WARM_UP);
    if (ourDocument.equals(document(http, pictures.get(0))) == false) {
      throw new IllegalStateException(
          "documents differ: " + ourDocument + ", of R2 " + document(http, pictures.get(0)));
    }
    List<Double> ours = new ArrayList<>();
    List<Double> rivals = new ArrayList<>();
    List<Double> limits = new ArrayList<>();
    ProcessorTime node = new ProcessorTime(pictures.size(), bench.node().pid());
    ProcessorTime client = new ProcessorTime(pictures.size(), ProcessHandle.current().pid());
    try (GalleryLimit limit = new GalleryLimit(bench, pictures)) {
      limit.rate();
      for (int round = 0; round < bench.rounds(); round++) {
        ours.add(node.of(() -> client.of(() -> index(http, pictures))));
        rivals.add(fill(http, r2, pictures.size()));
        limits.add(limit.rate());
      }
    }
    double cosine = r2.cosine(pictures.subList(0, 32).stream().map(Picture::png).toList());
    report.measured(
        row,
        Spread.ratios(ours, rivals),
        cosine > 0.999,
        String.format(
            Locale.ROOT,
            "%d pictures: pipeline %s, R2 %s pictures/s; our node %.2f and client %.2f ms of processor"
                + " a picture; a plugin that costs nothing would do %s, which is %s times R2;"
                + " cosine of both sides' embeddings at least %.6f",
            pictures.size(),
            Spread.of(ours).text(0),
            Spread.of(rivals).text(0),
            node.median(),
            client.median(),
            Spread.of(limits).text(0),
            Spread.of(Spread.ratios(limits, rivals)).text(2),
            cosine));
  }

  /** By the rival into an empty index; pictures a second. */
  private static double fill(HttpJson node, RivalIngest r2, int count) throws IOException {
    empty(node);
    return r2.fillIndex(count);
  }

  /** The gallery's index, made anew. */
  static GalleryIndex empty(HttpJson node) {
    node.send("DELETE", "/" + GalleryIndex.NAME, null);
    GalleryIndex index = new GalleryIndex(node);
    index.create();
    return index;
  }

  /** What is stored of a picture; vectors are not part of it. */
  private static JsonNode document(HttpJson node, Picture picture) {
    return node.ok("GET", "/" + GalleryIndex.NAME + "/_doc/" + picture.id(), null)
        .required("_source");
  }

  /** For the rival, which reads files. */
  private static List<Path> files(Path folder, List<Picture> pictures) throws IOException {
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    for (Picture picture : pictures) {
      Path file = folder.resolve(picture.id() + ".png");
      Files.write(file, picture.png());
      files.add(file);
    }
    return files;
  }

  /** Into an empty index; pictures a second. */
  static double index(HttpJson node, List<Picture> pictures) {
    GalleryIndex index = empty(node);
    PrintStream nowhere =
        new PrintStream(PrintStream.nullOutputStream(), false, StandardCharsets.UTF_8);
    double rate =
        index.fill(pictures, new ConsoleProgress(nowhere, false, "pictures", pictures.size()));
    if (index.count() != pictures.size()) {
      throw new IllegalStateException(
          pictures.size() + " pictures were sent, " + index.count() + " are there");
    }
    return rate;
  }
}
