package org.sightline.integration.security;

import java.util.List;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.load.PhotoIndex;

/** A request to the models themselves, which needs a privilege of its own. */
record ModelCall(String method, String path, String body) {
  private static final String CLIP = "/_sightline/models/emoji-clip";
  private static final String BLIP = "/_sightline/models/emoji-blip";
  private static final String IMAGE = PhotoIndex.imageInput(SecuredCluster.PICTURES.get(0));

  static final List<ModelCall> INFERENCE =
      List.of(
          new ModelCall("POST", CLIP + "/_embed", "{ \"input\": \"a\" }"),
          new ModelCall(
              "POST",
              CLIP + "/_classify",
              PhotoIndex.json("{ \"input\": %s, \"labels\": [\"a\", \"b\"] }", IMAGE)),
          new ModelCall(
              "POST",
              BLIP + "/_match",
              PhotoIndex.json("{ \"query\": \"a\", \"input\": [%s] }", IMAGE)),
          new ModelCall("POST", BLIP + "/_caption", PhotoIndex.json("{ \"input\": %s }", IMAGE)));

  static final List<ModelCall> OPERATIONS =
      List.of(
          new ModelCall("GET", "/_sightline/models", null),
          new ModelCall("GET", CLIP, null),
          new ModelCall("GET", "/_sightline/stats", null),
          new ModelCall("POST", CLIP + "/_unload", null),
          new ModelCall("POST", CLIP + "/_load", null));

  HttpJson.Reply send(HttpJson client) {
    return client.send(method, path, body);
  }
}
