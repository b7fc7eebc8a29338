package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sightline.cli.ClusterServer.Request;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.web.FaultyServer.Fault;

/** From a bundle to a cluster that has it, and to nodes that use it. */
class PushTest extends PushTestCase {
  private static final Fault BUSY = ClusterServer.status(503);
  private static final String KEPT =
      "; what has arrived is kept, and the same command goes on from there";

  @Test
  void sendsAllPartsAndNamesTheNodes() throws IOException {
    Result result = push();
    assertPushed(result);
    assertEquals("tiny-clip  created in [CLUSTER], version VERSION\nn1  loaded\n", result.out());
    assertEquals(
        """
        image.onnx  111.5 kB
        text.onnx  112.2 kB
        tokenizer.json  5.3 kB
        tiny-clip: all parts are sent, the cluster compares them
        """,
        result.err());
    List<String> expected = new ArrayList<>(parts("image.onnx", 0, 10));
    expected.addAll(parts("text.onnx", 0, 10));
    expected.addAll(parts("tokenizer.json", 0, 1));
    assertEquals(expected, cluster.sent());
    assertEquals(2, cluster.count("POST"));
    assertEquals(1, cluster.count("GET"));
    for (Request request : cluster.requests) {
      assertEquals(null, request.authorization());
      switch (request.method()) {
        case "POST" -> assertEquals("application/json", request.type());
        case "PUT" -> {
          assertEquals("application/octet-stream", request.type());
          assertTrue(request.bytes() <= PART_BYTES, request::toString);
        }
        default -> assertEquals("/_sightline/models/tiny-clip", request.path());
      }
    }
    assertEquals(List.of(), waits);
  }

  /** It would end a node. */
  @Test
  void aBundleIsTriedBeforeItIsSent() throws IOException {
    Path tokenizer = bundle.file(BundleManifest.TOKENIZER);
    FileSpec before = bundle.manifest().files().get(BundleManifest.TOKENIZER);
    String changed =
        Files.readString(tokenizer)
            .replaceFirst("\\{", "{\"decoder\":{\"content\":\"a\",\"start\":0,\"stop\":1},")
            .replaceFirst("\"decoder\": ", "\"ignored\": ");
    Files.writeString(tokenizer, changed);
    Path manifest = bundle.file(BundleManifest.FILE_NAME);
    Files.writeString(
        manifest,
        Files.readString(manifest)
            .replace(before.sha256(), Digest.sha256(tokenizer))
            .replaceFirst("\"bytes\": " + before.bytes(), "\"bytes\": " + Files.size(tokenizer)));
    bundle = Bundle.read(bundle.folder());
    assertRefused("the decoder of tokenizer.json: [stop] must be 0, got [1]", push());
    assertEquals(0, cluster.requests.size());
    version = bundle.manifest().fingerprint();
    nodes("n1 loaded VERSION");
    assertPushed(push("--untried"));
  }

  @Test
  void whatTheClusterHasIsNotSentAgain() throws IOException {
    assertPushed(push());
    cluster.requests.clear();
    Result result = pushTo(cluster.address() + "/");
    assertPushed(result);
    assertEquals("tiny-clip  unchanged in [CLUSTER], version VERSION\nn1  loaded\n", result.out());
    assertEquals("", result.err());
    assertEquals(List.of(), cluster.sent());
  }

  @Test
  void aFolderIsPushedLikeAModelOfTheInstallation() throws IOException {
    Result result =
        run("push", FIXTURES.resolve(ID).toString(), "--url", cluster.address(), "--wait=0");
    assertPushed(result);
    assertEnds(
        "\nNodes fetch it by themselves: GET _sightline/models/tiny-clip says how far"
            + " they are.\n",
        result.out());
    assertEquals(0, cluster.count("GET"));
  }

  @Test
  void anotherVersionSendsOnlyTheFilesThatDiffer() throws IOException {
    assertPushed(push());
    cluster.requests.clear();
    Path manifest = bundle.file(BundleManifest.FILE_NAME);
    Files.writeString(manifest, Files.readString(manifest).replace("Apache-2.0", "MIT"));
    bundle = Bundle.read(bundle.folder());
    String next = bundle.manifest().fingerprint();
    nodes("n1 loaded " + next + "; n2 loaded VERSION", "n1 available " + next);
    Result result = push();
    assertPushed(result);
    assertStarts("tiny-clip  updated in [", result.out());
    assertEnds("\nn1  available\n", result.out());
    assertEquals("tiny-clip: waiting for n2 (another version)\n", result.err());
    assertEquals(List.of(), cluster.sent());
  }

  @Test
  void filesThatAreTheSameAreSentOnce() throws IOException {
    Path manifest = bundle.file(BundleManifest.FILE_NAME);
    Files.copy(bundle.file("tokenizer.json"), bundle.file("copy.json"));
    JsonObject json = JsonParser.parseString(Files.readString(manifest)).getAsJsonObject();
    JsonObject files = json.getAsJsonObject("files");
    files.add("copy.json", files.get("tokenizer.json"));
    Files.writeString(manifest, json.toString());
    bundle = Bundle.read(bundle.folder());
    assertPushed(push("--wait", "0"));
    assertEquals(21, cluster.sent().size());
    assertEquals(1, Collections.frequency(cluster.sent(), parts("copy.json", 0, 1).get(0)));
  }

  @Test
  void goesOnWhereAPushWasInterrupted() throws IOException {
    Fault[] lost = Collections.nCopies(6, ClusterServer.cut()).toArray(Fault[]::new);
    cluster.next("PUT", cluster.none(), cluster.none(), cluster.none());
    cluster.next("PUT", lost);
    Result interrupted = push();
    assertFailedWith(
        "error: [image.onnx] cannot be sent: the connection to [CLUSTER] broke: ", interrupted);
    assertEnds(", tried 6 times" + KEPT + "\n", interrupted.err());
    assertEquals("1 2 4 8 16", waited());
    assertEquals(0, cluster.models.size());

    terminal = true;
    cluster.next("PUT", lost);
    Result again = push();
    assertFailedWith("\n\r\u001b[Kerror: [image.onnx] cannot be sent: ", again);

    cluster.requests.clear();
    Result resumed = push();
    assertPushed(resumed);
    assertEquals(parts("image.onnx", 3, 4), cluster.sent().subList(0, 1));
    assertEquals(18, cluster.sent().size());
    assertStarts(
        "\r\u001b[Kimage.onnx  [#######                 ] 32 % of 111.5 kB", resumed.err());
  }

  @Test
  void aBusyClusterIsAskedAgainLater() throws IOException {
    cluster.next("POST", ClusterServer.status(429, "Retry-After", "7"));
    cluster.next(
        "PUT",
        ClusterServer.error(429, "circuit_breaking_exception", "too many bytes"),
        ClusterServer.text(502, "<html>"),
        cluster.none(),
        ClusterServer.text(504, "{"),
        ClusterServer.cut());
    cluster.next("GET", BUSY);
    Result result = push();
    assertPushed(result);
    // a part that arrived resets the count
    assertEquals("7 1 2 1 2 1", waited());
    assertStarts(
        """
                tiny-clip: HTTP 429, next try in 7 s
                image.onnx: HTTP 429, circuit_breaking_exception: too many bytes, next try in 1 s
                image.onnx: HTTP 502, next try in 2 s
                image.onnx: HTTP 504, next try in 1 s
                """,
        result.err());
  }

  @Test
  void aClusterThatStaysBusyIsGivenUp() {
    cluster.next("POST", Collections.nCopies(6, BUSY).toArray(Fault[]::new));
    assertRefused("[tiny-clip] cannot be sent: HTTP 503, tried 6 times" + KEPT, push());
  }

  @Test
  void aClusterThatKeepsSilentIsAskedAgain() throws IOException {
    CountDownLatch end = new CountDownLatch(1);
    patience = Duration.ofSeconds(1);
    cluster.next("POST", ClusterServer.silentUntil(end));
    Result result = push();
    end.countDown();
    assertPushed(result);
    assertStarts(
        "tiny-clip: no answer from [CLUSTER] for 1 s, next try in 1 s\nimage.onnx  ", result.err());
  }

  @Test
  void aClusterThatIsNotThereIsNamed() {
    cluster.close();
    assertRefused(
        "[tiny-clip] cannot be sent: no connection to [CLUSTER], tried 6 times"
            + KEPT
            + "; if the cluster speaks https, give --url https://…",
        push());
  }

  @Test
  void aClusterThatForgetsIsNotServedForEver() {
    cluster.forgetful = true;
    assertRefused(
        "[CLUSTER] misses parts of [image.onnx, text.onnx, tokenizer.json] although"
            + " they were sent 3 times: does somebody else push or delete the model, or write"
            + " to its files?",
        push());
    assertEquals(3 * 21, cluster.sent().size());
  }

  @Test
  void waitsForEveryNode() throws IOException {
    nodes(
        "",
        "n1 fetching VERSION; n2 available",
        "n1 fetching VERSION; n2 available",
        // what failed before is no answer to what was pushed now
        "n1 fetching VERSION disk full; n2 failed old too large",
        "n1 loaded VERSION; n2 available VERSION");
    Result result = push();
    assertPushed(result);
    assertEnds("\nn1  loaded\nn2  available\n", result.out());
    assertEnds(
        """
                compares them
                tiny-clip: waiting for any inference node
                tiny-clip: waiting for n1 (fetching), n2 (another version)
                tiny-clip: waiting for n1 (fetching: disk full), n2 (another version: too large)
                """,
        result.err());
    assertEquals("1 2 4 5", waited());
  }

  @Test
  void aNodeThatFailsIsAFailure() {
    nodes("n1 loaded VERSION; n2 failed VERSION needs 9 GB\n\u001b[2J, allowed 4");
    Result result = push();
    assertFailed(
        "the cluster has the model [tiny-clip], and nodes cannot use it: n2: needs 9 GB"
            + " [2J, allowed 4",
        result);
    assertEnds("\nn1  loaded\nn2  failed: needs 9 GB [2J, allowed 4\n", result.out());
  }

  @Test
  void aNodeThatKeepsTheVersionBeforeHasFailed() {
    nodes(
        "n1 loaded older; n1 fetching VERSION; n2 loaded VERSION",
        "n1 loaded older; n1 failed VERSION no graph; n2 loaded VERSION");
    Result result = push();
    assertFailed(
        "the cluster has the model [tiny-clip], and nodes cannot use it: n1: no graph", result);
    assertEnds("\nn1  failed: no graph\nn2  loaded\n", result.out());
  }

  @ParameterizedTest
  @CsvSource({"9, 1 2 4 2", "1, 1", "15, 1 2 4 5 3"})
  void nobodyWaitsForEver(int seconds, String pauses) {
    nodes("n1 fetching VERSION; n2 loaded VERSION");
    Result result = push("--wait", Integer.toString(seconds));
    assertFailed(
        "the cluster has the model [tiny-clip], and after "
            + seconds
            + " s it is not in use on n1 (fetching): this goes on by itself, and GET"
            + " _sightline/models/tiny-clip says how far it is",
        result);
    assertEnds("\nn1  fetching\nn2  loaded\n", result.out());
    assertEquals(pauses, waited());
  }
}
