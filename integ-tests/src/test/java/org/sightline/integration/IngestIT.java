package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** Pictures go in through the pipeline; what is stored is what the model says. */
@ExtendWith(ClusterExtension.class)
class IngestIT {
  /** The stored vector went through JSON twice, the direct one once; both are float32. */
  private static final float SAME = 1e-6f;

  /** Batches of other sizes may sum in another order. */
  private static final float SAME_MODEL = 1e-4f;

  private final List<Picture> pictures = Installation.gallery().pictures();

  /** The embedding of one input, from the model itself. */
  private static float[] embed(SharedCluster cluster, String input) {
    return PhotoIndex.embed(cluster.client(), PhotoIndex.EMBEDDING_MODEL, input);
  }

  private static float[] embed(SharedCluster cluster, Picture picture) {
    return embed(cluster, PhotoIndex.imageInput(picture));
  }

  @Test
  void storesTheEmbeddingsThatTheModelGives(SharedCluster cluster) throws Exception {
    PhotoIndex photos = new PhotoIndex(cluster.client(), "ingest-vectors").create(2, 0);
    photos.add(pictures.subList(0, 40));
    for (Picture picture : List.of(pictures.get(0), pictures.get(17), pictures.get(39))) {
      float[] stored = photos.vector(picture.id(), "photo_vector");
      float[] direct = embed(cluster, picture);
      assertEquals(1.0, PhotoIndex.norm(stored), SAME_MODEL);
      assertArrayEquals(direct, stored, SAME_MODEL, picture.name());
      float[] title = photos.vector(picture.id(), "title_vector");
      float[] directTitle = embed(cluster, "\"" + picture.name() + "\"");
      assertEquals(1.0, PhotoIndex.norm(title), SAME_MODEL);
      assertArrayEquals(directTitle, title, SAME_MODEL, picture.name());
      JsonNode source = cluster.client().ok("GET", "/ingest-vectors/_source/" + picture.id(), null);
      assertEquals(digest(picture), source.required("photo_digest").asText());
    }
  }

  @Test
  void differentPicturesHaveDifferentEmbeddings(SharedCluster cluster) {
    float[] first = embed(cluster, pictures.get(0));
    float[] far = embed(cluster, pictures.get(2000));
    double cosine = Requests.dot(first, far);
    assertTrue(cosine < 0.95, "cosine " + cosine);
  }

  @Test
  void oneBadImageFailsAloneAndIsNamed(SharedCluster cluster) {
    PhotoIndex photos = new PhotoIndex(cluster.client(), "ingest-bad").create(1, 0);
    String lines =
        PhotoIndex.action("good-1")
            + PhotoIndex.document(pictures.get(1), 0)
            + "\n"
            + PhotoIndex.action("bad")
            + "{\"name\":\"bad\",\"title\":\"bad\",\"photo\":\"AAECAw==\"}\n"
            + PhotoIndex.action("good-2")
            + PhotoIndex.document(pictures.get(2), 1)
            + "\n";
    JsonNode items = photos.bulk(lines).required("items");
    assertEquals(3, items.size());
    assertEquals(201, items.get(0).at("/index/status").asInt());
    assertEquals(400, items.get(1).at("/index/status").asInt());
    assertEquals("bad", items.get(1).at("/index/_id").asText());
    assertEquals(201, items.get(2).at("/index/status").asInt());
    String reason = items.get(1).at("/index/error/reason").asText();
    assertEquals(
        "[photo] is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF",
        reason);
    assertEquals(2, cluster.client().ok("GET", "/ingest-bad/_count", null).get("count").asInt());
    assertEquals(1.0, PhotoIndex.norm(photos.vector("good-1", "photo_vector")), SAME_MODEL);
    assertEquals(1.0, PhotoIndex.norm(photos.vector("good-2", "photo_vector")), SAME_MODEL);
  }

  @Test
  void aNodeWithoutInferenceIngestsThroughTheOthers(SharedCluster cluster) {
    HttpJson without = cluster.clientWithoutInference();
    PhotoIndex photos = new PhotoIndex(without, "ingest-remote").create(1, 1);
    photos.add(pictures.subList(100, 130));
    Picture picture = pictures.get(111);
    float[] direct = embed(cluster, picture);
    assertArrayEquals(direct, photos.vector(picture.id(), "photo_vector"), SAME_MODEL);
  }

  @Test
  void skipExistingKeepsVectorsOfUnchangedPictures(SharedCluster cluster) {
    HttpJson client = cluster.client();
    PhotoIndex photos = new PhotoIndex(client, "ingest-skip").create(1, 0);
    client.ok(
        "PUT", "/_ingest/pipeline/ingest-skip", PhotoIndex.pipeline("\"skip_existing\": true"));
    Picture first = pictures.get(5);
    Picture other = pictures.get(1500);
    photos.add(List.of(first));
    float[] before = photos.vector(first.id(), "photo_vector");
    JsonNode stored = client.ok("GET", "/ingest-skip/_source/" + first.id(), null);
    String kept = marked(before);
    // the same picture, and a vector of which the document says that it was made from it: it stays
    put(client, first, stored.required("embedding_fingerprints"), kept);
    assertArrayEquals(
        turned(before), photos.vector(first.id(), "photo_vector"), SAME, "kept as it was sent");
    // the vector was made from another picture
    put(client, other, stored.required("embedding_fingerprints"), kept);
    float[] direct = embed(cluster, other);
    assertArrayEquals(direct, photos.vector(other.id(), "photo_vector"), SAME_MODEL);
  }

  @Test
  void removeBinaryKeepsTheVectorAndNotThePicture(SharedCluster cluster) throws Exception {
    HttpJson client = cluster.client();
    PhotoIndex photos = new PhotoIndex(client, "ingest-remove").create(1, 0);
    client.ok(
        "PUT", "/_ingest/pipeline/ingest-remove", PhotoIndex.pipeline("\"remove_binary\": true"));
    Picture picture = pictures.get(7);
    photos.add(List.of(picture));
    JsonNode stored = client.ok("GET", "/ingest-remove/_source/" + picture.id(), null);
    assertFalse(stored.has("photo"), stored.toString());
    assertEquals(digest(picture), stored.required("photo_digest").asText());
    float[] direct = embed(cluster, picture);
    assertArrayEquals(direct, photos.vector(picture.id(), "photo_vector"), SAME_MODEL);
  }

  private static String digest(Picture picture) throws NoSuchAlgorithmException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(picture.png()));
  }

  /** The vector with its first component's sign turned, which no model would give. */
  private static String marked(float[] vector) {
    return Arrays.toString(turned(vector));
  }

  private static float[] turned(float[] vector) {
    float[] marked = vector.clone();
    marked[0] = -marked[0];
    return marked;
  }

  private static void put(HttpJson client, Picture picture, JsonNode fingerprints, String vector) {
    client.ok(
        "PUT",
        "/ingest-skip/_doc/" + picture.id() + "?refresh=true",
        PhotoIndex.json(
            """
        { "title": "x", "photo": "%s", "embedding_fingerprints": %s, "photo_vector": %s }""",
            picture.base64(), fingerprints, vector));
  }
}
