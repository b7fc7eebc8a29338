package org.sightline.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.sightline.demo.GalleryIndex;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;

/**
 * What indexing the gallery would cost if a plugin cost nothing: decoding and the model by bare
 * ONNX Runtime, and Elasticsearch with the documents as our pipeline leaves them and a pipeline
 * that does next to nothing. Both keep all cores busy, so that together they take the sum of their
 * times. Closing frees the model.
 */
final class GalleryLimit implements AutoCloseable {
  private static final String PIPELINE = "gallery-limit";

  /** Elasticsearch reads and writes the document as for every pipeline; the field is not there. */
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
  GalleryLimit(Bench bench, List<Picture> pictures) throws Exception {
    this.node = bench.node().http();
    this.pictures = pictures.size();
    node.ok("PUT", "/_ingest/pipeline/" + PIPELINE, NOTHING_TO_DO);
    for (int at = 0; at < pictures.size(); at += GalleryIndex.BULK_SIZE) {
      int end = Math.min(at + GalleryIndex.BULK_SIZE, pictures.size());
      bulks.add(lines(bench, pictures.subList(at, end)));
    }
    List<byte[]> images = pictures.stream().map(Picture::png).toList();
    this.model =
        BareIngest.best(bench.bundle(GalleryIndex.EMBEDDING_MODEL), images, bench.threads());
  }

  private byte[] lines(Bench bench, List<Picture> some) throws Exception {
    List<byte[]> images = some.stream().map(Picture::png).toList();
    List<float[]> vectors = bench.node().embed(GalleryIndex.EMBEDDING_MODEL, images);
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

  /** Pictures a second that both would do, one after the other. */
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
