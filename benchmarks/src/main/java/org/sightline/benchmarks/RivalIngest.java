package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.sightline.demo.GalleryIndex;
import org.sightline.testsupport.gallery.Picture;

/**
 * R2 on the node of the same run: Python decodes and encodes, in batches of 32, and indexes vectors
 * with titles, or the documents that it was told of.
 */
final class RivalIngest {
  private final Rival rival;
  private final BenchNode node;
  private final String images;
  private final Path bundle;
  private final String model;
  private final String index;

  /** Indexes vectors and titles. */
  RivalIngest(Bench bench, String images, List<Path> files, String model) throws Exception {
    this(bench, images, files, model, images + "-r2");
  }

  private RivalIngest(Bench bench, String images, List<Path> files, String model, String index)
      throws Exception {
    this.index = index;
    this.rival = bench.rival();
    this.node = bench.node();
    this.images = images;
    this.model = model;
    this.bundle = bench.bundle(model);
    rival.load(images, files);
  }

  /** Indexes the documents that the gallery's pipeline leaves, into the gallery's index. */
  static RivalIngest ofGallery(Bench bench, List<Path> files, List<Picture> pictures)
      throws Exception {
    String model = GalleryIndex.EMBEDDING_MODEL;
    RivalIngest r2 = new RivalIngest(bench, "gallery", files, model, GalleryIndex.NAME);
    ObjectNode command = r2.rival.command("describe").put("name", r2.images);
    ArrayNode documents = command.putArray("documents");
    for (Picture picture : pictures) {
      ObjectNode document = documents.addObject().put("id", picture.id());
      document
          .putObject("fields")
          .put("title", picture.name())
          .put("name", picture.name())
          .put("emoji", picture.emoji())
          .put("skin_tone", picture.skinTone());
    }
    r2.rival.ask(command);
    return r2;
  }

  /** Into an index that this makes anew; pictures a second. */
  double fill(int count) throws IOException {
    node.createIndex(index, model, null);
    return fillIndex(count);
  }

  /** Into an index that is there and empty; pictures a second. */
  double fillIndex(int count) throws IOException {
    ObjectNode command = about("ingest").put("index", index).put("first", 0).put("count", count);
    command.put("host", node.http().node().getHost()).put("port", node.http().node().getPort());
    return count / rival.ask(command).required("seconds").asDouble();
  }

  /** The smallest cosine of its vectors with those of the node. */
  double cosine(List<byte[]> pictures) throws IOException {
    ObjectNode command = about("vectors").put("count", pictures.size());
    List<float[]> theirs = BenchNode.floats(rival.ask(command).required("vectors"));
    return BenchNode.minCosine(theirs, node.embed(model, pictures));
  }

  private ObjectNode about(String what) {
    return rival.command(what).put("bundle", bundle.toString()).put("images", images);
  }
}
