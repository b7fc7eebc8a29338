package org.sightline.integration.models;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.sightline.integration.Installation;
import org.sightline.integration.Requests;
import org.sightline.testsupport.cluster.HttpJson;

/**
 * The bundled dual encoder under another id, to be pushed into a cluster. How many tokens of a text
 * it reads makes a version.
 */
public record PushedBundle(String id, ObjectNode manifest, Path folder) {
  private static final Path SOURCE =
      Installation.checkout().resolve("model-runtime/bundles/emoji-clip");

  public static PushedBundle of(String id, int maxLength) {
    try {
      ObjectNode manifest =
          (ObjectNode) new ObjectMapper().readTree(SOURCE.resolve("model.json").toFile());
      manifest.put("id", id);
      ((ObjectNode) manifest.required("text")).put("max_length", maxLength);
      // its samples are of texts that are read whole
      ((ObjectNode) manifest.required("files")).remove("golden.json");
      return new PushedBundle(id, manifest, SOURCE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same in a folder of its name, as the command takes it. */
  public Path write(Path parent) throws IOException {
    Path bundle = Files.createDirectories(parent.resolve(id));
    Files.writeString(bundle.resolve("model.json"), manifest.toString());
    for (String file : (Iterable<String>) () -> manifest.required("files").fieldNames()) {
      Files.write(bundle.resolve(file), bytes(file));
    }
    return bundle;
  }

  public String path() {
    return "/_sightline/models/" + id;
  }

  public HttpJson.Reply post(HttpJson client) {
    return client.send("POST", path(), manifest.toString());
  }

  /** Sends all that is missing, and takes the model into service. */
  public JsonNode push(HttpJson client) {
    HttpJson.Reply begun = Requests.expect(202, post(client));
    sendParts(client, begun.body(), Integer.MAX_VALUE);
    HttpJson.Reply done = post(client);
    assertEquals(2, done.status() / 100, () -> done.body().toString());
    return done.body();
  }

  /** Sends parts that an answer lists, no more than so many. */
  int sendParts(HttpJson client, JsonNode answer, int most) {
    int sent = 0;
    for (JsonNode file : answer.required("missing")) {
      for (JsonNode part : file.required("parts")) {
        if (sent < most) {
          byte[] bytes = part(file, part.asInt(), answer.required("part_bytes").asInt());
          Requests.expect(200, sendPart(client, file, part.asInt(), bytes));
          sent++;
        }
      }
    }
    return sent;
  }

  HttpJson.Reply sendPart(HttpJson client, JsonNode file, int number, byte[] bytes) {
    String path = path() + "/files/" + file.required("sha256").asText() + "/" + number;
    return client.send("PUT", path, "application/octet-stream", bytes);
  }

  byte[] part(JsonNode file, int number, int partBytes) {
    byte[] all = bytes(file.required("file").asText());
    int from = number * partBytes;
    return Arrays.copyOfRange(all, from, Math.min(all.length, from + partBytes));
  }

  /** The bundle as a zip with a folder in it. */
  public byte[] zip() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(id + "/model.json"));
      zip.write(manifest.toString().getBytes(StandardCharsets.UTF_8));
      for (String file : (Iterable<String>) () -> manifest.required("files").fieldNames()) {
        zip.putNextEntry(new ZipEntry(id + "/" + file));
        zip.write(bytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private byte[] bytes(String file) {
    try {
      return Files.readAllBytes(folder.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
