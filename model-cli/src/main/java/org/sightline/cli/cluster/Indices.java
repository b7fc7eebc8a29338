package org.sightline.cli.cluster;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.gson.JsonPrimitive;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/** Requests about indices. Each fails with a {@link TransferException} that says why. */
public final class Indices {
  /** Documents that are listed at once, without their content. */
  private static final int PAGE = 1000;

  /** A page may wait for its embeddings. */
  private static final String KEPT = "30m";

  /** As long as a pipeline may wait for its embeddings, and a little more. */
  private static final Duration LONGEST = Duration.ofMinutes(11);

  private final ClusterClient cluster;
  private final ClusterClient.Deed deed;

  /**
   * Requests to a cluster.
   *
   * @param deed what they are for; messages say it
   */
  public Indices(ClusterClient cluster, ClusterClient.Deed deed) {
    this.cluster = cluster;
    this.deed = deed;
  }

  /** What exists under a path; empty for 404. */
  public Optional<JsonObject> find(String path) {
    return cluster.ask(deed, "GET", path, null, Duration.ZERO);
  }

  /** A request about something that must exist; the body is null for none. */
  public JsonObject ask(String method, String path, JsonElement body) {
    return send(method, path, body == null ? null : body.toString());
  }

  /**
   * The same with any body.
   *
   * @param body JSON, or the lines of a bulk request
   */
  public JsonObject send(String method, String path, String body) {
    return cluster
        .ask(deed, method, path, body, LONGEST)
        .orElseThrow(() -> new TransferException("[%s] is not in [%s]", path, cluster));
  }

  public static String path(String index) {
    return "/" + Addresses.segment(index);
  }

  /** JSON of a text with apostrophes in place of quotes. */
  public static JsonObject json(String template, Object... values) {
    return JsonParser.parseString(String.format(Locale.ROOT, template, values).replace('\'', '"'))
        .getAsJsonObject();
  }

  /** The text under a name; null where there is none. */
  public static String text(JsonObject object, String name) {
    return object.get(name) instanceof JsonPrimitive value ? value.getAsString() : null;
  }

  /** In bytes, that every node takes. */
  public long longestRequest() {
    String limit = "http.max_content_length_in_bytes";
    return ask("GET", "/_nodes/http?filter_path=nodes.*." + limit, null)
        .getAsJsonObject("nodes")
        .asMap()
        .values()
        .stream()
        .map(node -> node.getAsJsonObject().getAsJsonObject("http"))
        .mapToLong(http -> http.get("max_content_length_in_bytes").getAsLong())
        .min()
        .orElse(Long.MAX_VALUE);
  }

  /** Makes what was written visible to searches and counts. */
  public void refresh(String index) {
    send("POST", path(index) + "/_refresh", null);
  }

  public long count(String index) {
    return ask("GET", path(index) + "/_count", null).get("count").getAsLong();
  }

  /**
   * The number of an operation up to which all copies of all shards have all operations; what is
   * written later has higher numbers, in every shard.
   *
   * @param shards of the index; -1 where not all of them answer
   */
  public long checkpoint(String index, int shards) {
    Map<String, JsonElement> found =
        ask("GET", path(index) + "/_stats/docs?level=shards", null)
            .getAsJsonObject("indices")
            .getAsJsonObject(index)
            .getAsJsonObject("shards")
            .asMap();
    return found.size() < shards
        ? -1
        : found.values().stream()
            .flatMap(copies -> copies.getAsJsonArray().asList().stream())
            .map(copy -> copy.getAsJsonObject().getAsJsonObject("seq_no"))
            .mapToLong(numbers -> numbers.get("global_checkpoint").getAsLong())
            .min()
            .orElse(-1);
  }

  /** Lists documents, a page at a time, without their content. */
  public void list(String index, JsonObject query, Consumer<List<Document>> pages) {
    list(index, query, new JsonPrimitive(false), pages);
  }

  /**
   * Lists documents, a page at a time.
   *
   * @param query JSON
   * @param source which part of their content, as {@code _source} of a search says it
   */
  public void list(
      String index, JsonObject query, JsonElement source, Consumer<List<Document>> pages) {
    JsonObject opened = ask("POST", path(index) + "/_pit?keep_alive=" + KEPT, null);
    JsonObject pit = json("{'id':'%s'}", opened.get("id").getAsString());
    JsonObject search =
        json(
            "{'size':%d,'seq_no_primary_term':true,'track_total_hits':false,"
                + "'sort':['_shard_doc'],'pit':{'id':'%s','keep_alive':'%s'}}",
            PAGE, pit.get("id").getAsString(), KEPT);
    search.add("query", query);
    search.add("_source", source);
    try {
      for (JsonArray hits = page(search); hits.isEmpty() == false; hits = page(search)) {
        search.add("search_after", hits.get(hits.size() - 1).getAsJsonObject().get("sort"));
        pages.accept(documents(hits));
      }
    } finally {
      ask("DELETE", "/_pit", pit);
    }
  }

  private JsonArray page(JsonObject search) {
    return ask("POST", "/_search?allow_partial_search_results=false", search)
        .getAsJsonObject("hits")
        .getAsJsonArray("hits");
  }

  private static List<Document> documents(JsonArray answers) {
    List<Document> documents = new ArrayList<>();
    answers.forEach(answer -> documents.add(Document.of(answer.getAsJsonObject())));
    return documents;
  }

  /**
   * Gets documents, in their order.
   *
   * @param parameters which part of their content, and whether what is not visible yet counts
   */
  public List<Document> get(String index, List<Document> documents, String parameters) {
    JsonArray asked = new JsonArray();
    documents.forEach(document -> asked.add(document.address()));
    JsonObject body = new JsonObject();
    body.add("docs", asked);
    return documents(
        ask("POST", path(index) + "/_mget?" + parameters, body).getAsJsonArray("docs"));
  }
}
