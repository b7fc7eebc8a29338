package org.sightline.integration.faults;

import com.fasterxml.jackson.databind.JsonNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.Requests;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.load.PhotoIndex;

/**
 * An index whose documents have two pictures each. A search among nested vectors sends a query
 * class of the plugin to the shards, which other searches do not.
 */
final class Albums {
  private static final String NAME = "albums";
  private static final int ALBUMS = 12;

  private final Requests client;

  /** Creates the index, on three shards with a copy of each, and fills it. */
  Albums(Requests client, Gallery pictures) {
    this.client = client;
    client.ok(
        "PUT",
        "/_ingest/pipeline/" + NAME,
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "emoji-clip",
            "input_output": [
              { "input_field": "photos", "input_type": "image", "output_field": "vectors" } ] } } ]
        }""");
    JsonNode vector =
        client
            .ok("GET", "/_sightline/models/emoji-clip", null)
            .at("/suggested_mapping/properties/photo_vector");
    client.ok(
        "PUT",
        "/" + NAME,
        PhotoIndex.json(
            """
            { "settings": { "number_of_shards": %d, "number_of_replicas": 1,
                "default_pipeline": "%s",
                "index.unassigned.node_left.delayed_timeout": "0s" },
              "mappings": { "properties": {
                "photos": { "type": "binary" },
                "vectors": { "type": "nested", "properties": {
                  "offset": { "type": "integer" }, "vector": %s } } } } }""",
            FiveNodes.DATA_NODES, NAME, vector));
    StringBuilder lines = new StringBuilder();
    for (int i = 0; i < ALBUMS; i++) {
      lines.append(PhotoIndex.action("album-" + i)).append("{\"photos\":[\"");
      lines.append(pictures.get(2 * i).base64()).append("\",\"");
      lines.append(pictures.get(2 * i + 1).base64()).append("\"]}\n");
    }
    JsonNode reply = client.ok("POST", "/" + NAME + "/_bulk?refresh=true", lines.toString());
    if (reply.required("errors").asBoolean()) {
      throw new IllegalStateException("albums: " + reply);
    }
  }

  /** Searches all albums; returns what is wrong with the answer, or null. */
  String wrong() {
    HttpJson.Reply reply =
        client.send(
            "POST",
            "/" + NAME + "/_search",
            PhotoIndex.json(
                """
                { "size": %1$d, "_source": false, "query": { "image_text": {
                    "field": "vectors.vector", "input": "a red heart", "k": %1$d } } }""",
                ALBUMS));
    boolean whole =
        reply.ok()
            && reply.body().at("/_shards/failed").asInt(-1) == 0
            && reply.body().at("/hits/hits").size() == ALBUMS;
    return whole ? null : reply.status() + " " + reply.body();
  }
}
