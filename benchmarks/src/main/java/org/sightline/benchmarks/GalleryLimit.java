package org.sightline.benchmarks;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.sightline.cluster.HttpJson;
import org.sightline.demo.GalleryIndex;
import org.sightline.demo.Picture;
import org.sightline.inference.Digest;

/**
 * What indexing the gallery would cost if a plugin cost nothing: decoding and the model by bare
 * ONNX Runtime, and Elasticsearch with the documents as our pipeline leaves them and a pipeline
 * that does next to nothing. Both keep all cores busy, so that together they take the sum of their
 * times. Closing frees the model.
 */
final class GalleryLimit implements AutoCloseable {
  private static final int BULK = 64;
  private static final int IN_FLIGHT = 4;
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
    for (int at = 0; at < pictures.size(); at += BULK) {
      bulks.add(lines(bench, pictures.subList(at, Math.min(at + BULK, pictures.size()))));
    }
    List<byte[]> images = pictures.stream().map(Picture::png).toList();
    this.model =
        BareIngest.best(bench.bundle(GalleryIndex.EMBEDDING_MODEL), images, bench.threads());
  }

  private static byte[] lines(Bench bench, List<Picture> some) throws Exception {
    List<byte[]> images = some.stream().map(Picture::png).toList();
    List<float[]> vectors = bench.node().embed(GalleryIndex.EMBEDDING_MODEL, images);
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    try (JsonGenerator json = new ObjectMapper().createGenerator(lines)) {
      json.setRootValueSeparator(new SerializedString("\n"));
      for (int i = 0; i < some.size(); i++) {
        GalleryIndex.writeAction(some.get(i), json);
        json.writeStartObject();
        GalleryIndex.writeFields(some.get(i), json);
        json.writeStringField("photo_digest", Digest.sha256(images.get(i)));
        json.writeArrayFieldStart("photo_vector");
        for (float value : vectors.get(i)) {
          json.writeNumber(value);
        }
        json.writeEndArray();
        json.writeEndObject();
      }
      json.writeRaw('\n');
    }
    return lines.toByteArray();
  }

  /** Pictures a second that both would do, one after the other. */
  double rate() {
    return 1 / (1 / model.fromBytes() + 1 / elasticsearch());
  }

  private double elasticsearch() {
    node.send("DELETE", "/" + GalleryIndex.NAME, null);
    new GalleryIndex(node).create();
    Deque<CompletableFuture<HttpJson.Reply>> inFlight = new ArrayDeque<>();
    long start = System.nanoTime();
    for (byte[] bulk : bulks) {
      if (inFlight.size() == IN_FLIGHT) {
        check(inFlight.remove().join());
      }
      String path = "/" + GalleryIndex.NAME + "/_bulk?pipeline=" + PIPELINE;
      inFlight.add(node.sendAsync("POST", path, bulk));
    }
    while (inFlight.isEmpty() == false) {
      check(inFlight.remove().join());
    }
    return pictures / ((System.nanoTime() - start) / 1e9);
  }

  private static void check(HttpJson.Reply reply) {
    if (reply.ok() == false || reply.body().path("errors").asBoolean(true)) {
      throw new IllegalStateException("a bulk of ready documents got " + reply.status());
    }
  }

  @Override
  public void close() {
    model.close();
  }
}
