package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.sightline.benchmarks.Row.Goal;
import org.sightline.demo.ConsoleProgress;
import org.sightline.demo.GalleryIndex;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.Bulks;

/** The gallery with the bundled model, as the demo indexes it. */
final class GalleryIngest implements Part {
  private static final String MODEL = GalleryIndex.EMBEDDING_MODEL;
  private static final String COMPARED = "/" + GalleryIndex.NAME + "/_doc/";

  private final Row row =
      new Row(
          "ingest-gallery",
          "emoji demo: gallery indexed, pictures/s",
          "R2 (vectors only)",
          Goal.ratioOfAtLeast(2));

  @Override
  public List<Row> rows() {
    return List.of(row);
  }

  @Override
  public void run(Bench bench, Report report) throws Exception {
    List<Picture> all = bench.gallery().pictures();
    List<Picture> pictures = bench.quick() ? all.subList(0, all.size() / 2) : all;
    HttpJson http = bench.node().http();
    Ingest ours =
        new Ingest("pipeline", pictures.size(), bench.node().pid()) {
          @Override
          double rate() {
            return index(http, pictures);
          }
        };
    Ingest.R2 r2 = r2(bench, all, pictures);
    index(http, all);
    String compared = COMPARED + pictures.get(0).id();
    JsonNode ourDocument = http.ok("GET", compared, null).required("_source");
    r2.fill(512);
    JsonNode theirDocument = http.ok("GET", compared, null).required("_source");
    if (ourDocument.equals(theirDocument) == false) {
      throw new IllegalStateException("documents differ: " + ourDocument + ", " + theirDocument);
    }
    try (Limit limit = new Limit(bench, pictures)) {
      limit.rate();
      Ingest.rounds(bench.rounds(), List.of(ours, r2, limit));
      String limits = Spread.of(Spread.ratios(limit.rates(), r2.rates())).text(2);
      ours.report(report, row, r2, 0.999, "; " + limit.text() + ", " + limits + " times R2");
    }
  }

  /** R2 with the documents that the gallery's pipeline leaves, in the gallery's index. */
  private static Ingest.R2 r2(Bench bench, List<Picture> all, List<Picture> pictures)
      throws Exception {
    HttpJson http = bench.node().http();
    List<Path> files = files(bench.cache().resolve("gallery"), all);
    List<byte[]> some = pictures.subList(0, 32).stream().map(Picture::png).toList();
    Ingest.R2 r2 =
        new Ingest.R2(bench, "gallery", MODEL, GalleryIndex.NAME, files, pictures.size()) {
          @Override
          void empty() {
            GalleryIngest.empty(http);
          }

          @Override
          double cosine() throws Exception {
            return cosine(some);
          }
        };
    ObjectNode command = bench.rival().command("describe").put("name", "gallery");
    ArrayNode documents = command.putArray("documents");
    for (Picture picture : all) {
      documents
          .addObject()
          .put("id", picture.id())
          .putObject("fields")
          .put("title", picture.name())
          .put("name", picture.name())
          .put("emoji", picture.emoji())
          .put("skin_tone", picture.skinTone());
    }
    bench.rival().ask(command);
    return r2;
  }

  /** Files for the rival. */
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

  /** The gallery's index, made anew. */
  static GalleryIndex empty(HttpJson node) {
    node.send("DELETE", "/" + GalleryIndex.NAME, null);
    GalleryIndex index = new GalleryIndex(node);
    index.create();
    return index;
  }

  /** Indexes the pictures into an empty index; pictures a second. */
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

  /**
   * A plugin that costs nothing: decoding and the model by bare ONNX Runtime, and Elasticsearch
   * with the documents as our pipeline leaves them and a pipeline that finds nothing to do. Each
   * keeps all cores busy, so that both together take the sum of their times.
   */
  private static final class Limit extends Ingest {
    private static final String PIPELINE = "gallery-limit";
    private static final String NOTHING_TO_DO =
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "emoji-clip",
            "ignore_missing": true,
            "input_output": [
              { "input_field": "absent", "input_type": "text", "output_field": "vector" } ] } } ] }""";

    private final HttpJson node;
    private final int pictures;
    private final List<byte[]> bulks = new ArrayList<>();
    private final BareIngest model;

    /** Makes the requests and tensors, which is not measured. */
    Limit(Bench bench, List<Picture> pictures) throws Exception {
      super("a plugin that costs nothing", pictures.size(), bench.node().pid());
      this.node = bench.node().http();
      this.pictures = pictures.size();
      node.ok("PUT", "/_ingest/pipeline/" + PIPELINE, NOTHING_TO_DO);
      for (int at = 0; at < pictures.size(); at += GalleryIndex.BULK_SIZE) {
        int end = Math.min(at + GalleryIndex.BULK_SIZE, pictures.size());
        bulks.add(lines(bench, pictures.subList(at, end)));
      }
      List<byte[]> images = pictures.stream().map(Picture::png).toList();
      this.model = BareIngest.best(bench.bundle(MODEL), images, bench.threads());
    }

    private byte[] lines(Bench bench, List<Picture> some) throws Exception {
      List<byte[]> images = some.stream().map(Picture::png).toList();
      List<float[]> vectors = bench.node().embed(MODEL, images);
      return new GalleryIndex(node)
          .lines(
              some,
              (i, json) -> {
                json.writeStringField("photo_digest", Digest.sha256(images.get(i)));
                json.writeArrayFieldStart("photo_vector");
                for (float value : vectors.get(i)) {
                  json.writeNumber(value);
                }
                json.writeEndArray();
              });
    }

    @Override
    double rate() {
      return 1 / (1 / model.fromBytes() + 1 / elasticsearch());
    }

    private double elasticsearch() {
      GalleryIngest.empty(node);
      long start = System.nanoTime();
      String path = "/" + GalleryIndex.NAME + "/_bulk?pipeline=" + PIPELINE;
      Bulks.send(node, path, bulks.iterator(), GalleryIndex.BULKS_IN_FLIGHT);
      return pictures / ((System.nanoTime() - start) / 1e9);
    }

    @Override
    public void close() {
      model.close();
    }
  }
}
