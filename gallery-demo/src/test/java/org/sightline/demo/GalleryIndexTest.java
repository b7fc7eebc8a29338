package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;

/** What is indexed already is not indexed again, by a node that remembers what it is told. */
class GalleryIndexTest {
  private static final List<Picture> PICTURES =
      List.of(new Picture("1", "red heart", "❤", false, new byte[] {1, 2}));

  private StubNode node;
  private HttpJson client;
  private GalleryIndex index;

  @BeforeEach
  void start() throws IOException {
    node = new StubNode();
    client = new HttpJson(node.address());
    index = new GalleryIndex(client);
    answerModel("v1");
  }

  @AfterEach
  void stop() {
    client.close();
    node.close();
  }

  private void answerModel(String version) {
    node.answers.put(
        "/_sightline/models/emoji-clip",
        "{\"nodes\":[{\"version\":\""
            + version
            + "\"}],\"suggested_mapping\":{\"properties\":{\"photo_vector\":{\"dims\":128}}}}");
  }

  private void answerIndex(String pipeline, int count) {
    node.answers.put(
        "/gallery/_settings",
        "{\"gallery\":{\"settings\":{\"index\":{\"default_pipeline\":\"" + pipeline + "\"}}}}");
    node.answers.put("/gallery/_count", "{\"count\":" + count + "}");
    node.answers.putIfAbsent("/gallery/_mapping", "{\"gallery\":{\"mappings\":{}}}");
  }

  @Test
  void anIndexIsTakenUpOnlyWhenItIsCompleteAndOfTheSameModel() {
    assertFalse(index.holds(PICTURES));
    answerIndex("gallery", 1);
    assertFalse(index.holds(PICTURES)); // an earlier start was interrupted
    index.seal(PICTURES);
    assertTrue(index.holds(PICTURES));
    answerIndex("gallery", 2);
    assertTrue(index.holds(PICTURES)); // a user has added one
    answerIndex("gallery", 0);
    assertFalse(index.holds(PICTURES));
    answerIndex("gallery", 1);
    assertFalse(index.holds(List.of(new Picture("1", "red heart", "❤", false, new byte[1]))));
    answerModel("v2");
    assertFalse(index.holds(PICTURES));
    answerModel("v1");
    assertTrue(index.holds(PICTURES));
  }

  @Test
  void onlyTheDemosOwnIndexIsRemoved() {
    index.delete();
    assertEquals(List.of(), node.deleted);
    answerIndex("mine", 1);
    String message = assertThrows(IllegalStateException.class, index::delete).getMessage();
    assertTrue(
        message.startsWith("an index [gallery] is there that the demo has not made"), message);
    assertThrows(IllegalStateException.class, () -> index.holds(PICTURES));
    answerIndex("gallery", 1);
    index.delete();
    assertEquals(List.of("/gallery"), node.deleted);
  }
}
