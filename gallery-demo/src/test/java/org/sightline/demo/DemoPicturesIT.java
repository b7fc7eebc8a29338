package org.sightline.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.Folders;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.web.HubServer;

/**
 * The command {@code ./demo --pictures} itself: its script in a checkout of its own, with the
 * program and the zips that this build has made.
 */
@Timeout(900)
class DemoPicturesIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path CHECKOUT = ROOT.resolve("gallery-demo/target/demo-it");
  private static final String HUB_MODEL = "hf:owner/Hub-CLIP";

  private final HubServer hub = new HubServer("owner/Hub-CLIP");
  private final Path pictures = CHECKOUT.resolve("my pictures");
  private String port;

  /** What a run printed; progress and warnings are among the errors. */
  private record Run(int code, String output, String errors) {
    String last() {
      List<String> lines = output.lines().toList();
      return lines.get(lines.size() - 1);
    }

    void expect(int wanted, String... parts) {
      assertEquals(wanted, code, this::toString);
      for (String part : parts) {
        assertTrue(toString().contains(part), () -> "no [" + part + "] in\n" + this);
      }
    }

    @Override
    public String toString() {
      return output + errors;
    }
  }

  @BeforeEach
  void lay() throws IOException {
    clear();
    Path rules = Files.createDirectories(CHECKOUT.resolve("build-rules"));
    Files.copy(ROOT.resolve("build-rules/find-jdk.sh"), rules.resolve("find-jdk.sh"));
    Files.copy(ROOT.resolve("demo"), CHECKOUT.resolve("demo"));
    Files.createSymbolicLink(CHECKOUT.resolve("gallery-demo"), ROOT.resolve("gallery-demo"));
    // sources that are older than the build: the script builds nothing
    for (String name : List.of("pom.xml", "LICENSE", "NOTICE")) {
      Files.createFile(CHECKOUT.resolve(name));
    }
    for (String module :
        List.of(
            "test-support",
            "model-runtime",
            "model-cli",
            "ingest-processor",
            "query-dsl",
            "plugin")) {
      Files.createDirectory(CHECKOUT.resolve(module));
    }
    Files.createFile(Files.createDirectory(CHECKOUT.resolve(".cache")).resolve("demo-built"));
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = Integer.toString(any.getLocalPort());
    }
    hub.with(ROOT.resolve("model-runtime/src/test/fixtures/hub-clip"));
    MixedFolder.fill(pictures, ROOT);
  }

  @AfterEach
  void stop() {
    hub.close();
    clear();
  }

  private static void clear() {
    Folders.delete(Distribution.folderFor(CHECKOUT.resolve(".cache/demo")));
    Folders.delete(CHECKOUT);
  }

  private Run demo(String... options) throws IOException, InterruptedException {
    List<String> line = new ArrayList<>(List.of("bash", CHECKOUT.resolve("demo").toString()));
    line.addAll(List.of("--port", port));
    line.addAll(List.of(options));
    Path errors = CHECKOUT.resolve("errors.txt");
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(errors.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("HF_ENDPOINT", hub.address());
    builder.environment().remove("HF_TOKEN");
    Process process = builder.start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), output, Files.readString(errors));
  }

  private static String index(Run run) {
    Matcher index = Pattern.compile("-> (pictures-[0-9a-f]{8})").matcher(run.errors());
    assertTrue(index.find(), run::toString);
    return index.group(1);
  }

  @Test
  void aMixedFolderIsIndexedOnceAndWithAModelOfTheHub() throws Exception {
    String folder = pictures.toString();
    Run once = demo("--once", "--pictures", folder);
    once.expect(
        0,
        MixedFolder.PICTURES + " indexed, 0 unchanged, 0 removed, 4 failed, " + MixedFolder.OTHERS,
        "WARNING: the model [emoji-clip] knows emoji",
        "such as --model siglip2-base",
        "broken/cut.png  [photo] is a damaged or unsupported PNG image: ",
        "broken/beginning.gif  [photo] is a damaged or unsupported GIF image: ",
        "broken/words behind.jpg  [photo] is a damaged or unsupported JPEG image: ",
        "broken/huge.png  [photo] has 29952 x 29952 pixels, allowed are at most ");
    JsonNode counts = new ObjectMapper().readTree(once.last());
    assertEquals(MixedFolder.PICTURES, counts.required("documents").asInt(), once::toString);
    assertEquals(MixedFolder.BROKEN, counts.required("failed").asInt());
    assertEquals("emoji-clip", counts.required("model").asText());

    Run kept = demo("--keep", "--pictures", folder, "--model", HUB_MODEL, "--rerank", "emoji-blip");
    try (HttpJson node = new HttpJson(URI.create("http://127.0.0.1:" + port))) {
      kept.expect(0, "installed to ", "hub-clip  created in ", "; model hub-clip, ");
      assertFalse(kept.errors().contains("WARNING"), kept::toString);
      fields(node, index(once));
      searches(node, index(once), kept);
    } finally {
      demo("--stop");
    }
    demo("--stop").expect(0, "No node of the demo runs.");
  }

  /** What the documents have beside the pictures. */
  private static void fields(HttpJson node, String index) {
    TreeMap<String, Integer> expected = new TreeMap<>();
    expected.put("exists:photo_vector", MixedFolder.PICTURES);
    expected.put("term:camera:Canon EOS 5D", MixedFolder.PHOTOS);
    expected.put("term:folder:\u00DCbersee/Stra\u00DFe", MixedFolder.PHOTOS);
    expected.put("term:folder:\u65E5\u672C/tiff", 20);
    expected.put("term:folder:a/b/c/d", 6);
    expected.put("term:taken:2019-05-01T12:30:15Z", MixedFolder.PHOTOS);
    expected.put("term:width:4000", 2);
    expected.put("term:height:3000", 2);
    expected.put("match:name:heart", 1);
    expected.put("term:path:no ending", 1);
    TreeMap<String, Integer> found = new TreeMap<>();
    for (String what : expected.keySet()) {
      String[] words = what.split(":", 3);
      String query =
          words.length == 2
              ? "{ \"exists\": { \"field\": \"" + words[1] + "\" } }"
              : "{ \"" + words[0] + "\": { \"" + words[1] + "\": \"" + words[2] + "\" } }";
      String body = "{ \"query\": " + query + " }";
      found.put(what, node.ok("POST", "/" + index + "/_count", body).required("count").asInt());
    }
    assertEquals(expected, found);
  }

  /** Of both indices; the model from the hub has seen nothing, so its order says nothing. */
  private static void searches(HttpJson node, String emoji, Run kept) {
    JsonNode hits =
        node.ok(
                "POST",
                "/" + emoji + "/_search",
                """
                { "query": { "image_text": { "field": "photo_vector", "input": "a red heart" } },
                  "_source": { "excludes": [ "photo" ] } }""")
            .at("/hits/hits");
    assertEquals("holidays 2026/red_heart.png", hits.at("/0/_source/path").asText());
    Matcher shown =
        Pattern.compile("POST " + index(kept) + "/_search\n(\\{.*?\n\\})", Pattern.DOTALL)
            .matcher(kept.output());
    List<String> bodies = new ArrayList<>();
    while (shown.find()) {
      bodies.add(shown.group(1));
    }
    assertEquals(2, bodies.size(), kept::toString);
    assertTrue(bodies.get(1).contains("\"image_text_match\""), bodies::toString);
    for (String body : bodies) {
      HttpJson.Reply reply = node.send("POST", "/" + index(kept) + "/_search", body);
      assertEquals(200, reply.status(), reply::toString);
      assertTrue(reply.body().at("/hits/hits").size() >= 10, reply::toString);
      assertEquals(List.of(), reply.headers().allValues("Warning"));
    }
    JsonNode model = node.ok("GET", "/_sightline/models/hub-clip", null);
    assertEquals("cluster", model.required("source").asText());
  }
}
