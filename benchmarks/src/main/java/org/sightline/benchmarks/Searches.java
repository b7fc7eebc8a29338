package org.sightline.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.sightline.demo.GalleryIndex;
import org.sightline.demo.Search;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * Times searches from the client: the bare {@code knn} with a ready vector as the rival, the same
 * with the text encoded in the cluster, and with the window reranked. One name after the other, the
 * kinds interleaved.
 */
final class Searches {
  private static final int SIZE = 10;
  private static final String INDEX = "/" + GalleryIndex.NAME + "/_search";

  private final HttpJson node;
  private final ObjectMapper mapper = new ObjectMapper();
  private final Search search = new Search();
  private final List<Double> bare = new ArrayList<>();
  private final List<Double> encoded = new ArrayList<>();
  private final List<Double> repeated = new ArrayList<>();
  private final List<Double> reranked = new ArrayList<>();

  Searches(HttpJson node) {
    this.node = node;
  }

  void run(List<String> names) {
    for (String name : names) {
      JsonNode input = search.text(name);
      ObjectNode first = search.firstStage(input, SIZE, List.of("name"));
      encoded.add(millis(first));
      repeated.add(millis(first));
      bare.add(millis(withVector(first, name)));
      reranked.add(millis(search.reranked(input, input, "photo", SIZE, List.of("name"))));
    }
  }

  private double millis(ObjectNode body) {
    String text = body.toString();
    long start = System.nanoTime();
    node.ok("POST", INDEX, text);
    return (System.nanoTime() - start) / 1e6;
  }

  /** The same search with the vector that the model gives, so that nothing is left to encode. */
  private ObjectNode withVector(ObjectNode first, String name) {
    ObjectNode request = mapper.createObjectNode().put("input", name);
    JsonNode answer =
        node.ok(
            "POST",
            "/_sightline/models/" + GalleryIndex.EMBEDDING_MODEL + "/_embed",
            request.toString());
    ObjectNode body = first.deepCopy();
    ObjectNode knn = (ObjectNode) body.required("retriever").required("knn");
    knn.remove("query_vector_builder");
    knn.set("query_vector", answer.required("embeddings").get(0));
    return body;
  }

  void print(java.io.PrintStream out) {
    out.println("Search, milliseconds seen from the client   p50      p95      p50 over bare knn");
    double base = quantile(bare, 0.5);
    line(out, "knn with a ready vector (rival)", bare, base);
    line(out, "knn, text encoded in the cluster", encoded, base);
    line(out, "the same text again", repeated, base);
    line(out, "reranked, window " + Search.WINDOW, reranked, base);
  }

  private static void line(java.io.PrintStream out, String name, List<Double> times, double base) {
    double median = quantile(times, 0.5);
    out.println(
        String.format(
            Locale.ROOT,
            "  %-38s %8.1f %8.1f     %6.2f",
            name,
            median,
            quantile(times, 0.95),
            median / base));
  }

  private static double quantile(List<Double> times, double q) {
    double[] sorted = times.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return Spread.quantile(sorted, q);
  }
}
