package org.sightline.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Gallery;

/** What the model writes under some pictures, right or wrong. */
final class Captions {
  /** Some that it names right, and some that it does not. */
  private static final List<String> NAMES =
      List.of("rocket", "red apple", "guitar", "spouting whale", "jack-o-lantern", "pizza");

  private static final int NAME_WIDTH = 20;

  private final HttpJson node;
  private final Gallery gallery;
  private final PrintStream out;

  Captions(HttpJson node, Gallery gallery, PrintStream out) {
    this.node = node;
    this.gallery = gallery;
    this.out = out;
  }

  /** Asks for all of them in one call, and prints the best caption of each. */
  void run() {
    ObjectNode body = new ObjectMapper().createObjectNode();
    ArrayNode input = body.putArray("input");
    for (String name : NAMES) {
      input
          .addObject()
          .put("type", "image")
          .put("value", Base64.getEncoder().encodeToString(gallery.named(name).png()));
    }
    JsonNode captions =
        node.ok(
                "POST",
                "/_sightline/models/" + GalleryIndex.MATCHING_MODEL + "/_caption",
                body.toString())
            .required("captions");
    out.println("Captions (POST _sightline/models/" + GalleryIndex.MATCHING_MODEL + "/_caption):");
    for (int i = 0; i < NAMES.size(); i++) {
      String name = NAMES.get(i);
      out.println(
          String.format(
              Locale.ROOT,
              "    %s%s %s",
              name,
              " ".repeat(Math.max(0, NAME_WIDTH - name.length())),
              captions.at("/" + i + "/0/text").asText()));
    }
    out.println();
  }
}
