package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.load.PhotoIndex;

/** The native JPEG decoder within what Elasticsearch lets a plugin do. */
@ExtendWith(ClusterExtension.class)
class JpegIT {
  private static BufferedImage scene(int width, int height) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.setPaint(new GradientPaint(0, 0, Color.ORANGE, width, height, Color.BLUE));
    graphics.fillRect(0, 0, width, height);
    graphics.setColor(Color.GREEN);
    graphics.fillOval(width / 7, height / 5, width / 2, height / 3);
    graphics.dispose();
    return image;
  }

  private static byte[] encode(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    assertTrue(ImageIO.write(image, format, out));
    return out.toByteArray();
  }

  /** A node that cannot use it would say so in its statistics, and work on without. */
  @Test
  void nodesThatRunModelsUseIt(SharedCluster cluster) throws IOException {
    int nodes = 0;
    for (JsonNode node : cluster.client().ok("GET", "/_sightline/stats", null).required("nodes")) {
      if (node.required("inference").asBoolean()) {
        assertEquals("{\"decoder\":\"libjpeg-turbo\"}", node.required("jpeg").toString());
        nodes++;
      } else {
        assertTrue(node.path("jpeg").isMissingNode(), node::toString);
      }
    }
    assertEquals(2, nodes);
    Path temporary = cluster.node().configuration().resolveSibling("tmp");
    try (Stream<Path> files = Files.list(temporary)) {
      assertEquals(
          0, files.filter(file -> file.toString().contains("sightline-jpeg")).count(), "left over");
    }
  }

  /** Decoded in a fraction, which the same pixels as PNG are not: nearly equal, but not quite. */
  @Test
  void aLargeJpegIsDecodedInAFraction(SharedCluster cluster) throws IOException {
    HttpJson client = cluster.client();
    byte[] jpeg = encode(scene(1600, 1200), "jpg");
    BufferedImage decoded =
        ImageIO.read(new MemoryCacheImageInputStream(new ByteArrayInputStream(jpeg)));
    float[] scaled =
        PhotoIndex.embed(client, PhotoIndex.EMBEDDING_MODEL, Requests.imageInput(jpeg));
    float[] full =
        PhotoIndex.embed(
            client, PhotoIndex.EMBEDDING_MODEL, Requests.imageInput(encode(decoded, "png")));
    double cosine = Requests.cosine(scaled, full);
    assertTrue(cosine >= 0.9999, "cosine " + cosine);
    assertTrue(Arrays.equals(scaled, full) == false, "both were decoded in full");
  }

  @Test
  void ingestsJpegsAndRefusesDamagedOnes(SharedCluster cluster) throws IOException {
    HttpJson client = cluster.client();
    PhotoIndex photos = new PhotoIndex(client, "jpeg").create(1, 0);
    byte[] small = encode(scene(500, 375), "jpg");
    byte[] large = encode(scene(1600, 1200), "jpg");
    String lines =
        line("small", small)
            + line("large", large)
            + line("cut", Arrays.copyOf(large, large.length / 2));
    JsonNode items = photos.bulk(lines).required("items");
    assertEquals(201, items.get(0).at("/index/status").asInt(), items::toString);
    assertEquals(201, items.get(1).at("/index/status").asInt(), items::toString);
    assertEquals(400, items.get(2).at("/index/status").asInt(), items::toString);
    String reason = items.get(2).at("/index/error/reason").asText();
    assertTrue(reason.startsWith("[photo] is a damaged or unsupported JPEG image: "), reason);
    float[] direct =
        PhotoIndex.embed(client, PhotoIndex.EMBEDDING_MODEL, Requests.imageInput(large));
    assertArrayEquals(direct, photos.vector("large", "photo_vector"), 1e-4f);
  }

  /** A node that may not do what the library needs says why, and decodes by the JDK. */
  @Test
  void aNodeWithoutItWorksOn() throws IOException {
    Distribution distribution = Installation.unpack("jpeg-refused");
    Path policy = distribution.home().resolve("plugins/sightline/entitlement-policy.yaml");
    String granted = Files.readString(policy);
    String without = granted.replace("org.bytedeco.javacpp.", "org.example.");
    assertTrue(without.equals(granted) == false);
    Files.writeString(policy, without);
    try (ElasticsearchCluster one =
        ElasticsearchCluster.of(distribution, "jpeg-refused", NodeSpec.small("refused"))) {
      one.start();
      try (HttpJson client = new HttpJson(one.http())) {
        JsonNode nodes = client.ok("GET", "/_sightline/stats", null).required("nodes");
        JsonNode jpeg = nodes.elements().next().required("jpeg");
        assertEquals("jdk", jpeg.required("decoder").asText());
        String reason = jpeg.required("reason").asText();
        // in words that differ between versions of Elasticsearch
        assertTrue(reason.contains("property [org.bytedeco.javacpp."), reason);
        String log = Files.readString(one.node(0).log());
        assertTrue(log.contains("JPEG is decoded by the JDK, slowly where it is large: "), log);
        byte[] large = encode(scene(1600, 1200), "jpg");
        float[] vector =
            PhotoIndex.embed(client, PhotoIndex.EMBEDDING_MODEL, Requests.imageInput(large));
        assertEquals(1, PhotoIndex.norm(vector), 1e-4);
      }
    }
  }

  private static String line(String id, byte[] jpeg) {
    return PhotoIndex.action(id)
        + "{\"name\":\"x\",\"title\":\"x\",\"photo\":\""
        + Base64.getEncoder().encodeToString(jpeg)
        + "\"}\n";
  }
}
