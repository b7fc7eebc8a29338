package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** What is wrong is refused with 400, naming the field, what was received and what is allowed. */
@ExtendWith(ClusterExtension.class)
class BadInputIT {
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 5);

  private static PhotoIndex photos;

  @BeforeAll
  static void index(SharedCluster cluster) {
    photos = new PhotoIndex(cluster.client(), "bad-input").create(1, 0).add(PICTURES);
  }

  private static String reason(SharedCluster cluster, String method, String path, String body) {
    HttpJson.Reply reply = Requests.expect(400, cluster.client(), method, path, body);
    return reply.body().at("/error/root_cause/0/reason").asText();
  }

  /** What a document with that picture is refused with. */
  private static String ingest(SharedCluster cluster, byte[] photo) {
    return ingest(cluster, Base64.getEncoder().encodeToString(photo));
  }

  private static String ingest(SharedCluster cluster, String photo) {
    String body = "{\"name\":\"n\",\"title\":\"t\",\"photo\":\"" + photo + "\"}";
    return reason(cluster, "PUT", "/bad-input/_doc/bad", body);
  }

  /** What a query with that input is refused with. */
  private static String search(SharedCluster cluster, String input, String options) {
    String query =
        PhotoIndex.json(
            "{ \"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": %s %s } } }",
            input, options);
    return reason(cluster, "POST", "/bad-input/_search", query);
  }

  /** What a rerank with that option is refused with. */
  private static String rerank(SharedCluster cluster, String option) {
    String all = "\"standard\": { \"query\": { \"match_all\": {} } }";
    String rerank =
        Requests.rerank(all, "\"a\"", 10, "").replace("\"rank_window_size\": 10", option);
    String body = Requests.search(Requests.retriever(rerank), 10);
    return reason(cluster, "POST", "/bad-input/_search", body);
  }

  @Test
  void notAnImage(SharedCluster cluster) {
    assertEquals(
        "[photo] is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF",
        ingest(cluster, new byte[] {0, 1, 2, 3}));
    assertEquals(
        "[input] is not an image: 4 bytes, expected one of JPEG, PNG, GIF, BMP, WebP, TIFF",
        search(cluster, "{ \"type\": \"image\", \"value\": \"AAECAw==\" }", ""));
  }

  @Test
  void notBase64(SharedCluster cluster) {
    String reason = ingest(cluster, "!!!!");
    assertTrue(reason.startsWith("[photo] is not base64: "), reason);
    assertTrue(reason.endsWith("expected base64 or data:image/…;base64,…"), reason);
    assertEquals(
        "[photo] is empty, expected a base64 image; set [ignore_missing] to true for documents"
            + " without it",
        ingest(cluster, ""));
    assertEquals(
        "[photo] is a data URI that starts with [data:text/plain;base64],"
            + " expected data:image/…;base64,…",
        ingest(cluster, "data:text/plain;base64,AAAA"));
  }

  @Test
  void missingImage(SharedCluster cluster) {
    String reason = reason(cluster, "PUT", "/bad-input/_doc/bad", "{\"title\":\"t\"}");
    assertTrue(reason.startsWith("[photo] is missing, expected "), reason);
    String number = reason(cluster, "PUT", "/bad-input/_doc/bad", "{\"title\":\"t\",\"photo\":7}");
    assertTrue(number.startsWith("[photo] must be "), number);
  }

  @Test
  void truncatedImage(SharedCluster cluster) {
    byte[] png = PICTURES.get(0).png();
    String reason = ingest(cluster, Arrays.copyOf(png, png.length / 2));
    assertTrue(reason.startsWith("[photo] "), reason);
    assertTrue(reason.contains("PNG"), reason);
  }

  @Test
  void imageOfOnePixelIsAnImage(SharedCluster cluster) throws IOException {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(new BufferedImage(1, 1, BufferedImage.TYPE_INT_RGB), "png", png));
    String base64 = Base64.getEncoder().encodeToString(png.toByteArray());
    String body = "{\"title\":\"t\",\"photo\":\"" + base64 + "\"}";
    cluster.client().ok("PUT", "/bad-input/_doc/pixel?refresh=true", body);
    assertEquals(1.0, PhotoIndex.norm(photos.vector("pixel", "photo_vector")), 1e-4);
  }

  @Test
  void hugeImageIsRefusedFromItsHeader(SharedCluster cluster) {
    assertEquals(
        "[photo] has 30000 x 30000 pixels, allowed are at most 100000000 pixels",
        ingest(cluster, pngHeader(30_000, 30_000)));
  }

  /** A search needs no more than the right to read: none may end a node of 512 MB. */
  @Test
  void picturesThatClaimMuchEndNoNode(SharedCluster cluster) throws IOException {
    JsonNode before = starts(cluster);
    assertEquals(
        "[input] has 100000000 x 1 pixels, allowed are at most 65535 on a side",
        search(cluster, Requests.imageInput(pngHeader(100_000_000, 1)), ""));
    assertEquals(
        "[input] is a damaged or unsupported TIFF image: tag 322 stands twice",
        search(cluster, Requests.imageInput(tiffOfTwoTiles()), ""));
    assertEquals(
        "[input] is a damaged or unsupported GIF image: no frame",
        search(cluster, Requests.imageInput(gifOfComments(2_000_000)), ""));
    Path scans =
        Installation.checkout()
            .resolve("model-runtime/src/test/fixtures/images-formats/progressive.jpg");
    String reason = search(cluster, Requests.imageInput(scansBehindAnEnd(scans)), "");
    assertTrue(reason.endsWith(" scans of 45 x 31 pixels, too many to decode"), reason);
    assertEquals(before, starts(cluster));
  }

  /** When the nodes started, in no particular order. */
  private static JsonNode starts(SharedCluster cluster) {
    String path = "/_nodes/jvm?filter_path=nodes.*.jvm.start_time_in_millis";
    return cluster.client().ok("GET", path, null);
  }

  /** A TIFF of 16 x 16 pixels whose tile has, for whoever reads the last tag, 20000 x 20000. */
  private static byte[] tiffOfTwoTiles() {
    int[][] tags = {
      {256, 16},
      {257, 16},
      {258, 8},
      {259, 8},
      {262, 1},
      {322, 16},
      {322, 20_000},
      {323, 16},
      {323, 20_000},
      {324, 8},
      {325, 8}
    };
    ByteBuffer tiff = ByteBuffer.allocate(16 + 6 + 12 * tags.length).order(ByteOrder.LITTLE_ENDIAN);
    tiff.put(new byte[] {'I', 'I', 42, 0}).putInt(16).putLong(0).putShort((short) tags.length);
    for (int[] tag : tags) {
      tiff.putShort((short) tag[0]).putShort((short) 3).putInt(1).putInt(tag[1]);
    }
    return tiff.array();
  }

  /** Comments of one byte each, for which the JDK's reader takes the square of their number. */
  private static byte[] gifOfComments(int count) {
    ByteBuffer gif = ByteBuffer.allocate(13 + 2 + 2 * count + 2);
    gif.put("GIF89a".getBytes(StandardCharsets.US_ASCII)).put(new byte[7]).putShort((short) 0x21FE);
    for (int i = 0; i < count; i++) {
      gif.put((byte) 1).put((byte) ' ');
    }
    return gif.put((byte) 0).put((byte) 0x3B).array();
  }

  /** All scans of a JPEG fifty times, behind a comment that looks like the end. */
  private static byte[] scansBehindAnEnd(Path file) throws IOException {
    byte[] jpeg = Files.readAllBytes(file);
    int scan = 0;
    while (jpeg[scan] != -1 || jpeg[scan + 1] != (byte) 0xDA) {
      scan++;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(jpeg, 0, scan);
    out.writeBytes(new byte[] {-1, (byte) 0xFE, 0, 4, -1, (byte) 0xD9});
    for (int i = 0; i < 50; i++) {
      out.write(jpeg, scan, jpeg.length - 2 - scan);
    }
    out.write(jpeg, jpeg.length - 2, 2);
    return out.toByteArray();
  }

  /** The first two chunks of a PNG that claims a size: 57 bytes, and no pixel anywhere. */
  private static byte[] pngHeader(int width, int height) {
    ByteBuffer png = ByteBuffer.allocate(8 + 25 + 24);
    png.putLong(0x89504E470D0A1A0AL);
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put(new byte[] {8, 2, 0, 0, 0});
    chunk(png, "IHDR", header.array());
    chunk(png, "IDAT", new byte[12]);
    return png.array();
  }

  private static void chunk(ByteBuffer png, String type, byte[] data) {
    CRC32 crc = new CRC32();
    byte[] name = type.getBytes(StandardCharsets.US_ASCII);
    crc.update(name);
    crc.update(data);
    png.putInt(data.length).put(name).put(data).putInt((int) crc.getValue());
  }

  @Test
  void emptyText(SharedCluster cluster) {
    String reason = search(cluster, "\"\"", "");
    assertTrue(
        reason.endsWith("[input] is blank, expected a text with a letter, digit, symbol or emoji"),
        reason);
  }

  @Test
  void textOfTenThousandWordsIsTruncatedAsTheModelDefines(SharedCluster cluster) {
    String words = "heart ".repeat(10_000).strip();
    String query =
        "\"query\": { \"image_text\": { \"field\": \"photo_vector\", \"input\": \"%s\" } }";
    JsonNode reply = photos.search(Requests.search(PhotoIndex.json(query, words), 10));
    assertEquals(5, Math.min(5, reply.at("/hits/hits").size()));
  }

  @Test
  void unknownModelNamesThoseThatExist(SharedCluster cluster) {
    String expected =
        "model [no-such-model] does not exist, expected one of [emoji-blip, emoji-clip]";
    assertEquals(expected, search(cluster, "\"a\"", ", \"model_id\": \"no-such-model\""));
    HttpJson.Reply embed =
        Requests.expect(
            404,
            cluster.client(),
            "POST",
            "/_sightline/models/no-such-model/_embed",
            "{ \"input\": \"a\" }");
    assertEquals(expected, embed.body().at("/error/root_cause/0/reason").asText());
    String pipeline = PhotoIndex.pipeline("\"skip_existing\": false");
    String refused =
        reason(
            cluster,
            "PUT",
            "/_ingest/pipeline/no-such-model",
            pipeline.replace("emoji-clip", "no-such-model"));
    assertTrue(refused.contains(expected), refused);
  }

  @Test
  void aModelWithoutMatchingHeadCannotMatch(SharedCluster cluster) {
    String reason =
        reason(
            cluster,
            "POST",
            "/_sightline/models/emoji-clip/_match",
            "{ \"query\": \"a\", \"input\": [" + PhotoIndex.imageInput(PICTURES.get(0)) + "] }");
    assertTrue(reason.contains("emoji-clip"), reason);
    assertTrue(reason.contains("matching"), reason);
  }

  @Test
  void wrongDimensionsOfTheTargetField(SharedCluster cluster) {
    HttpJson client = cluster.client();
    client.send("DELETE", "/bad-dims", null);
    client.ok(
        "PUT",
        "/bad-dims",
        """
        { "mappings": { "properties": { "photo_vector": { "type": "dense_vector", "dims": 7,
            "similarity": "cosine" } } } }""");
    int dimensions = PhotoIndex.dimensions(client, PhotoIndex.EMBEDDING_MODEL);
    String ingest =
        reason(
            cluster,
            "PUT",
            "/bad-dims/_doc/1?pipeline=bad-input",
            PhotoIndex.document(PICTURES.get(0), 0).toString());
    assertTrue(ingest.contains("photo_vector"), ingest);
    assertTrue(ingest.contains("7"), ingest);
    HttpJson.Reply reply =
        Requests.expect(
            400,
            client,
            "POST",
            "/bad-dims/_search",
            """
            { "query": { "image_text": {
                "field": "photo_vector", "input": "a", "model_id": "emoji-clip" } } }""");
    String all = reply.body().toString();
    assertTrue(all.contains(Integer.toString(dimensions)) && all.contains("7"), all);
  }

  @Test
  void unknownOptions(SharedCluster cluster) {
    String query = search(cluster, "\"a\"", ", \"kk\": 3");
    assertTrue(query.contains("kk"), query);
    String retriever = rerank(cluster, "\"window\": 3");
    assertTrue(retriever.contains("window"), retriever);
    String processor =
        reason(
            cluster,
            "PUT",
            "/_ingest/pipeline/bad-option",
            PhotoIndex.pipeline("\"target_feild\": \"x\""));
    assertTrue(processor.contains("target_feild"), processor);
    String embed =
        reason(
            cluster,
            "POST",
            "/_sightline/models/emoji-clip/_embed",
            "{ \"input\": \"a\", \"truncate\": true }");
    assertTrue(embed.contains("truncate"), embed);
  }

  @Test
  void boundsOfTheOptions(SharedCluster cluster) {
    assertTrue(search(cluster, "\"a\"", ", \"k\": 0").contains("[k] must be"));
    String window = rerank(cluster, "\"rank_window_size\": 0");
    assertTrue(window.contains("[rank_window_size] must be in [1, 10000], got [0]"), window);
    assertTrue(
        search(cluster, "{ \"type\": \"image_url\", \"value\": \"http://localhost/\" }", "")
            .contains("[image_url] is not allowed"));
  }
}
