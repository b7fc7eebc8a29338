package org.sightline.demo;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.gallery.Picture;

/** The index of the gallery: its mapping, its pipeline, and the bulk requests that fill it. */
public final class GalleryIndex {
  /** The index's name, and its pipeline's. */
  public static final String NAME = "gallery";

  /** Encodes pictures and texts. */
  public static final String EMBEDDING_MODEL = "emoji-clip";

  /** Reads the best hits again. */
  public static final String MATCHING_MODEL = "emoji-blip";

  /** Pictures of a bulk request. */
  public static final int BULK_SIZE = 64;

  /** Bulk requests at once: the node has work while requests are made and answers are read. */
  public static final int BULKS_IN_FLIGHT = 4;

  /** In the mapping's {@code _meta}, once all pictures are indexed. */
  private static final String SEAL = "sightline_demo";

  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final HttpJson node;
  private final ObjectMapper mapper = new ObjectMapper();

  /** On the cluster of that node. */
  public GalleryIndex(HttpJson node) {
    this.node = node;
  }

  /** Creates pipeline and index; the vector field is the one that the model suggests. */
  public void create() {
    node.ok("PUT", "/_ingest/pipeline/" + NAME, pipeline());
    node.ok("PUT", "/" + NAME, mapping(vectorField(model())).toString());
  }

  /**
   * Whether all pictures were indexed, in this way and with the version of the model that the node
   * has now.
   *
   * @throws IllegalStateException when an index of that name is somebody else's
   */
  public boolean holds(List<Picture> pictures) {
    if (exists() == false) {
      return false;
    }
    JsonNode meta = node.ok("GET", "/" + NAME + "/_mapping", null).findPath("_meta");
    return meta.path(SEAL).asText().equals(digest(pictures)) && count() >= pictures.size();
  }

  /** Notes that these pictures are indexed, for {@link #holds}. */
  public void seal(List<Picture> pictures) {
    ObjectNode mapping = mapper.createObjectNode();
    mapping.putObject("_meta").put(SEAL, digest(pictures));
    node.ok("PUT", "/" + NAME + "/_mapping", mapping.toString());
  }

  /** Of all that decides what is in the index. */
  private String digest(List<Picture> pictures) {
    JsonNode model = model();
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      String how = pipeline() + mapping(vectorField(model)) + model.findPath("version").asText();
      digest.update(how.getBytes(StandardCharsets.UTF_8));
      for (Picture picture : pictures) {
        digest.update(picture.id().getBytes(StandardCharsets.UTF_8));
        digest.update(picture.png());
      }
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  private boolean exists() {
    HttpJson.Reply reply = node.send("GET", "/" + NAME + "/_settings", null);
    if (reply.status() == 404) {
      return false;
    }
    String pipeline = reply.body().findPath("default_pipeline").asText();
    if (pipeline.equals(NAME) == false) {
      throw new IllegalStateException(
          "an index ["
              + NAME
              + "] is there that the demo has not made: rename it, or remove all with --fresh");
    }
    return true;
  }

  /**
   * Removes the index where there is one.
   *
   * @throws IllegalStateException when an index of that name is somebody else's
   */
  public void delete() {
    if (exists()) {
      node.ok("DELETE", "/" + NAME, null);
    }
  }

  /** The pipeline, as a user would write it. */
  static String pipeline() {
    return String.format(
        Locale.ROOT,
        """
        { "processors": [ { "image_text_embedding": {
            "model_id": "%s",
            "input_output": [
              { "input_field": "photo", "input_type": "image", "output_field": "photo_vector" } ],
            "digest_field": "photo_digest" } } ] }""",
        EMBEDDING_MODEL);
  }

  private JsonNode model() {
    return node.ok("GET", "/_sightline/models/" + EMBEDDING_MODEL, null);
  }

  private static JsonNode vectorField(JsonNode model) {
    return model.required("suggested_mapping").required("properties").required("photo_vector");
  }

  private ObjectNode mapping(JsonNode vectorField) {
    ObjectNode index = mapper.createObjectNode();
    index
        .putObject("settings")
        .put("index.number_of_shards", 1)
        .put("index.number_of_replicas", 0)
        .put("index.refresh_interval", "-1")
        .put("index.default_pipeline", NAME);
    ObjectNode fields =
        index.putObject("mappings").put("dynamic", "strict").putObject("properties");
    fields.putObject("title").put("type", "text");
    fields.putObject("name").put("type", "keyword");
    fields.putObject("emoji").put("type", "keyword");
    fields.putObject("skin_tone").put("type", "boolean");
    fields.putObject("photo").put("type", "binary"); // in _source, and nowhere else
    fields.putObject("photo_digest").put("type", "keyword");
    fields.set("photo_vector", vectorField);
    return index;
  }

  /**
   * Indexes the pictures. What the node rejects because it is busy (429) is sent again after a
   * pause; any other failure ends the demo.
   *
   * @return pictures a second
   */
  public double fill(List<Picture> pictures, ConsoleProgress progress) {
    Deque<Picture> waiting = new ArrayDeque<>(pictures);
    Deque<Bulk> inFlight = new ArrayDeque<>();
    int done = 0;
    int rejectedInARow = 0;
    while (!waiting.isEmpty() || !inFlight.isEmpty()) {
      while (!waiting.isEmpty() && inFlight.size() < BULKS_IN_FLIGHT) {
        inFlight.add(send(waiting));
      }
      Bulk bulk = inFlight.remove();
      List<Picture> rejected = rejected(bulk);
      done += bulk.pictures().size() - rejected.size();
      progress.show(done);
      rejectedInARow = rejected.isEmpty() ? 0 : rejectedInARow + 1;
      if (rejectedInARow > 0) {
        waiting.addAll(rejected);
        // nothing announces free room in a queue of the node: this pause is the client's back-off
        LockSupport.parkNanos(backOff(rejectedInARow).toNanos());
      }
    }
    double rate = progress.rate(done);
    node.ok("POST", "/" + NAME + "/_refresh", null);
    return rate;
  }

  private static Duration backOff(int rejectedInARow) {
    Duration pause = Duration.ofMillis(50L << Math.min(rejectedInARow, 8));
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  private record Bulk(List<Picture> pictures, CompletableFuture<HttpJson.Reply> reply) {}

  private Bulk send(Deque<Picture> waiting) {
    List<Picture> pictures = new ArrayList<>();
    while (!waiting.isEmpty() && pictures.size() < BULK_SIZE) {
      pictures.add(waiting.remove());
    }
    return new Bulk(
        pictures, node.sendAsync("POST", "/" + NAME + "/_bulk", lines(pictures, (i, json) -> {})));
  }

  /** Writes further fields of a document. */
  @FunctionalInterface
  public interface MoreFields {
    /**
     * Writes them.
     *
     * @param number of the picture, from 0
     */
    void write(int number, JsonGenerator json) throws IOException;
  }

  /** The body of a bulk request. */
  public byte[] lines(List<Picture> pictures, MoreFields more) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    try (JsonGenerator json = mapper.createGenerator(lines)) {
      json.setRootValueSeparator(new SerializedString("\n"));
      for (int i = 0; i < pictures.size(); i++) {
        writeAction(pictures.get(i), json);
        json.writeStartObject();
        writeFields(pictures.get(i), json);
        more.write(i, json);
        json.writeEndObject();
      }
      json.writeRaw('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written but memory
    }
    return lines.toByteArray();
  }

  private static void writeAction(Picture picture, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeObjectFieldStart("index");
    json.writeStringField("_id", picture.id());
    json.writeEndObject();
    json.writeEndObject();
  }

  private static void writeFields(Picture picture, JsonGenerator json) throws IOException {
    json.writeStringField("title", picture.name());
    json.writeStringField("name", picture.name());
    json.writeStringField("emoji", picture.emoji());
    json.writeBooleanField("skin_tone", picture.skinTone());
    json.writeFieldName("photo");
    json.writeBinary(picture.png()); // as base64
  }

  private static List<Picture> rejected(Bulk bulk) {
    HttpJson.Reply reply = bulk.reply().join();
    if (reply.status() == 429) {
      return bulk.pictures();
    }
    JsonNode items = reply.body().path("items");
    if (!reply.ok() || items.size() != bulk.pictures().size()) {
      throw new IllegalStateException(
          "a bulk of " + bulk.pictures().size() + " pictures got: " + reply.body());
    }
    List<Picture> rejected = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      JsonNode item = items.get(i).path("index");
      int status = item.path("status").asInt();
      if (status == 429) {
        rejected.add(bulk.pictures().get(i));
      } else if (status >= 300) {
        throw new IllegalStateException(
            "picture [" + bulk.pictures().get(i).name() + "] was refused: " + item.path("error"));
      }
    }
    return rejected;
  }

  /** How many documents a search finds. */
  public int count() {
    return node.ok("GET", "/" + NAME + "/_count", null).required("count").asInt();
  }
}
