package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * R2 on the node of the same run: Python decodes and encodes, in batches of 32, and indexes
 * vectors. It sends no pictures, which saves it what our documents carry in {@code _source}.
 */
final class RivalIngest {
  private final Rival rival;
  private final BenchNode node;
  private final String images;
  private final Path bundle;
  private final String model;

  RivalIngest(Bench bench, String images, List<Path> files, String model) throws Exception {
    this.rival = bench.rival();
    this.node = bench.node();
    this.images = images;
    this.model = model;
    this.bundle = bench.bundle(model);
    rival.load(images, files);
  }

  /** Into an empty index; pictures a second. */
  double fill(int count) throws IOException {
    String index = images + "-r2";
    node.createIndex(index, model, null);
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
