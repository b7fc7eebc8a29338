package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** A node that stops, or is cut off, comes back with data and pipelines in place. */
class RestartIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 40);
  private static final String SEARCH =
      """
      { "query": { "image_text": { "field": "photo_vector", "input": "smiling face", "k": 20 } },
        "_source": ["name"] }""";

  @Test
  void dataAndPipelineSurviveAStopAndAKill() {
    Distribution distribution = Installation.unpack("restart");
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "restart", NodeSpec.small("restarted")).start()) {
      List<String> before;
      float[] vector;
      try (HttpJson client = new HttpJson(cluster.http())) {
        PhotoIndex photos = new PhotoIndex(client, "kept").create(2, 0).add(PICTURES);
        before = PhotoIndex.names(photos.search(SEARCH));
        vector = photos.vector(PICTURES.get(3).id(), "photo_vector");
      }
      cluster.node(0).kill();
      assertFalse(cluster.node(0).isRunning());
      // a bundle that broke while the node was away must not keep it from starting
      SharedCluster.addBrokenBundle(cluster.node(0));
      cluster.start();
      check(cluster, before, vector);
      cluster.node(0).stop();
      cluster.start();
      check(cluster, before, vector);
    }
    distribution.delete();
  }

  private static void check(ElasticsearchCluster cluster, List<String> names, float[] vector) {
    try (HttpJson client = new HttpJson(cluster.http())) {
      PhotoIndex photos = new PhotoIndex(client, "kept");
      assertEquals(names, PhotoIndex.names(photos.search(SEARCH)));
      assertArrayEquals(vector, photos.vector(PICTURES.get(3).id(), "photo_vector"));
      Picture again = PICTURES.get(7);
      client.ok(
          "PUT",
          "/kept/_doc/again?refresh=true",
          PhotoIndex.document(again, 0).toString()); // the default pipeline is there and works
      assertArrayEquals(
          photos.vector(again.id(), "photo_vector"), photos.vector("again", "photo_vector"), 1e-5f);
      client.ok("DELETE", "/kept/_doc/again?refresh=true", null);
      JsonNode models = client.ok("GET", "/_sightline/models", null);
      assertTrue(models.toString().contains(SharedCluster.BROKEN_MODEL), models::toString);
    }
  }
}
