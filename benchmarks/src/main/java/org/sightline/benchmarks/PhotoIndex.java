package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;

/** An index that photographs reach through the pipeline of a model, in bulk requests. */
final class PhotoIndex {
  private static final int BULKS_IN_FLIGHT = 3;

  private final ObjectMapper mapper = new ObjectMapper();
  private final BenchNode node;
  private final String name;
  private final String model;
  private final int bulk;

  /**
   * @param bulk photographs of a request
   */
  PhotoIndex(BenchNode node, String name, String model, int bulk) {
    this.node = node;
    this.name = name;
    this.model = model;
    this.bulk = bulk;
    node.createPipeline(name, model);
    node.load(model);
  }

  /** Into an empty index; photographs a second. Making the requests counts as well. */
  double fill(List<byte[]> photos) {
    return fill(photos, BULKS_IN_FLIGHT);
  }

  /** The same with so many bulk requests at once. */
  double fill(List<byte[]> photos, int atOnce) {
    node.createIndex(name, model, name);
    long start = System.nanoTime();
    Iterator<byte[]> bodies =
        IntStream.range(0, (photos.size() + bulk - 1) / bulk)
            .mapToObj(i -> body(photos, i * bulk, Math.min((i + 1) * bulk, photos.size())))
            .iterator();
    Bulks.send(node.http(), "/" + name + "/_bulk", bodies, atOnce);
    return photos.size() / ((System.nanoTime() - start) / 1e9);
  }

  private byte[] body(List<byte[]> photos, int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int i = from; i < to; i++) {
      ObjectNode document = mapper.createObjectNode().put("title", "picture " + i);
      document.put("photo", Base64.getEncoder().encodeToString(photos.get(i)));
      lines.append("{\"index\":{\"_id\":\"").append(i).append("\"}}\n");
      lines.append(document).append('\n');
    }
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }
}
