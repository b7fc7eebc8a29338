package org.sightline.cli;

import com.google.gson.Gson;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.sightline.testsupport.web.FaultyServer;

/**
 * A server that keeps pipelines, one index and its documents as Elasticsearch does, and refuses
 * pictures that say {@code broken}. Kinds of requests are the last segments of their paths.
 */
final class IndexServer extends FaultyServer {
  /** Models, by id. */
  final Map<String, JsonObject> models = new TreeMap<>();

  final Map<String, JsonObject> pipelines = new TreeMap<>();

  /** As the request that made it. */
  JsonObject index;

  /** Sources, by id. */
  final Map<String, JsonObject> documents = new ConcurrentSkipListMap<>();

  /** Bytes of bulk requests. */
  final List<Integer> bulks = new CopyOnWriteArrayList<>();

  long maxContentLength = 100_000_000;

  private final HttpServer server;

  IndexServer() {
    server = start(null, this::handle);
    model("emoji-clip", 128, "image_embedding", "text_embedding");
    model("emoji-blip", 128, "image_embedding", "text_embedding", "matching");
  }

  String address() {
    return address(server);
  }

  /** Adds a model. */
  void model(String id, int dimensions, String... roles) {
    JsonObject model =
        JsonParser.parseString(
                """
                { "model_id": "ID", "dimensions": DIMS, "roles": %s,
                  "nodes": [ { "name": "n1", "state": "available" } ],
                  "suggested_mapping": { "properties": {
                    "photo": { "type": "binary" }, "photo_digest": { "type": "keyword" },
                    "photo_vector": { "type": "dense_vector", "dims": DIMS,
                      "meta": { "sightline.model_id": "ID", "sightline.version": "1111" } },
                    "title": { "type": "text" }, "title_vector": { "type": "dense_vector" } } },
                  "suggested_pipeline": { "processors": [ { "image_text_embedding": {
                    "model_id": "ID", "digest_field": "photo_digest", "input_output": [
                      { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" },
                      { "input_field": "title", "input_type": "text", "output_field": "title_vector" }
                    ] } } ] },
                  "suggested_search": { "query": { "image_text": {
                    "field": "photo_vector", "input": "x" } } } }
                """
                    .formatted(new Gson().toJson(roles))
                    .replace("ID", id)
                    .replace("DIMS", "" + dimensions))
            .getAsJsonObject();
    models.put(id, model);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      String path = exchange.getRequestURI().getPath();
      String kind = path.substring(path.lastIndexOf('/') + 1);
      answer(kind, exchange, body, (any, content) -> right(exchange, path, kind, content));
    }
  }

  private void right(HttpExchange exchange, String path, String kind, byte[] body)
      throws IOException {
    String text = new String(body, StandardCharsets.UTF_8);
    boolean put = exchange.getRequestMethod().equals("PUT");
    Object found =
        switch (kind) {
          case "models" -> Map.of("models", models.values());
          case "http" ->
              Map.of(
                  "nodes",
                  Map.of(
                      "n",
                      Map.of("http", Map.of("max_content_length_in_bytes", maxContentLength))));
          case "_refresh", "_delete" -> Map.of("ok", true);
          case "_pit" -> Map.of("id", "p");
          case "_search" -> Map.of("hits", Map.of("hits", hits(text)));
          case "_bulk" -> bulk(text);
          default -> kept(path, kind, put ? JsonParser.parseString(text).getAsJsonObject() : null);
        };
    ClusterServer.json(found == null ? 404 : 200, found == null ? Map.of("error", "gone") : found)
        .answer(exchange, body);
  }

  private Object kept(String path, String name, JsonObject body) {
    if (path.startsWith("/_sightline/models/")) {
      return models.get(name);
    }
    if (path.startsWith("/_ingest/pipeline/")) {
      if (body != null) {
        pipelines.put(name, body);
      }
      return pipelines.containsKey(name) ? Map.of(name, pipelines.get(name)) : null;
    }
    index = body == null ? index : body;
    return index == null ? null : Map.of(name, index);
  }

  private List<Object> hits(String search) {
    if (search.contains("search_after")) {
      return List.of();
    }
    List<Object> hits = new ArrayList<>();
    documents.forEach(
        (id, source) -> hits.add(Map.of("_id", id, "_source", source, "sort", List.of(1))));
    return hits;
  }

  private Object bulk(String text) {
    bulks.add(text.length());
    JsonArray items = new JsonArray();
    for (Iterator<String> lines = text.lines().iterator(); lines.hasNext(); ) {
      JsonObject action = JsonParser.parseString(lines.next()).getAsJsonObject();
      String deed = action.keySet().iterator().next();
      String id = action.getAsJsonObject(deed).get("_id").getAsString();
      JsonObject result = new JsonObject();
      result.addProperty("status", 200);
      if (deed.equals("delete")) {
        documents.remove(id);
      } else {
        JsonObject source = JsonParser.parseString(lines.next()).getAsJsonObject();
        byte[] photo = Base64.getDecoder().decode(source.get("photo").getAsString());
        if (new String(photo, StandardCharsets.ISO_8859_1).contains("broken")) {
          result.addProperty("status", 400);
          result.add("error", JsonParser.parseString("{\"reason\":\"[photo] is damaged\"}"));
        } else {
          documents.put(id, source);
        }
      }
      JsonObject item = new JsonObject();
      item.add(deed, result);
      items.add(item);
    }
    return Map.of("items", items);
  }
}
