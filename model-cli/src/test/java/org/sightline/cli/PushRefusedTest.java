package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.cli.ClusterServer.Request;

/** Who may push, what is refused on either side, and where passwords go. */
class PushRefusedTest extends PushTestCase {
  private static final String SECRET = "s3cret wörd:";

  private static String basic(String user, String password) {
    return "Basic "
        + Base64.getEncoder()
            .encodeToString((user + ":" + password).getBytes(StandardCharsets.UTF_8));
  }

  /** Every request had that header, and nothing that was printed has the secret. */
  private void assertLogin(String header, String secret, Result result) throws IOException {
    assertPushed(result);
    for (Request request : cluster.requests) {
      assertEquals(header, request.authorization(), request::toString);
    }
    assertFalse((result.out() + result.err()).contains(secret), result::toString);
  }

  @Test
  void aPasswordComesFromTheEnvironment() throws IOException {
    environment.put("SIGHTLINE_PASSWORD", SECRET);
    environment.put("SIGHTLINE_API_KEY", "a2V5");
    assertLogin(basic("elastic", SECRET), SECRET, push("--user", "elastic"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n"})
  void aPasswordComesFromAFile(String end) throws IOException {
    environment.put("SIGHTLINE_PASSWORD", "another");
    Path file = Files.writeString(temporary.resolve("password"), SECRET + end);
    assertLogin(
        basic("elastic", SECRET),
        SECRET,
        push("--user", "elastic", "--password-file", file.toString()));
  }

  @Test
  void anApiKeyComesFromTheEnvironment() throws IOException {
    environment.put("SIGHTLINE_PASSWORD", SECRET);
    environment.put("SIGHTLINE_API_KEY", "VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWk=\n");
    assertLogin("ApiKey VnVhQ2ZHY0JDZGJrUW0tZTVhT3g6dWk=", "VnVhQ2ZHY0JDZGJr", push());
  }

  @ParameterizedTest
  @ValueSource(strings = {"push tiny-clip", "reembed --index a --model b", "index . --index a"})
  void aPasswordIsNotSentInTheOpen(String command) {
    // reaches this machine, and its name does not say so
    String address = "http://0.0.0.0:" + cluster.port();
    String refusal =
        "["
            + address
            + "] is plain http to another machine, where others can read the password or API key on"
            + " its way: give --url https://… (and --ca), or --insecure to send it all the same";
    environment.put("SIGHTLINE_PASSWORD", SECRET);
    assertRefused(refusal, run((command + " --user elastic --url " + address).split(" ")));
    environment.put("SIGHTLINE_API_KEY", "a2V5");
    assertRefused(refusal, run((command + " --url " + address).split(" ")));
    assertEquals(List.of(), cluster.requests);
  }

  @Test
  void aPasswordIsSentInTheOpenWhereThatIsAskedFor() throws IOException {
    environment.put("SIGHTLINE_PASSWORD", SECRET);
    String address = "http://0.0.0.0:" + cluster.port();
    assertLogin(
        basic("elastic", SECRET), SECRET, pushTo(address, "--user", "elastic", "--insecure"));
    cluster.requests.clear();
    assertLogin(null, SECRET, pushTo(address)); // nothing is secret
  }

  @Test
  void whatIsMissingOrWrongInALoginIsSaid() throws IOException {
    assertRefused(
        "the user [elastic] needs a password: set SIGHTLINE_PASSWORD or give --password-file",
        push("--user", "elastic"));
    Path file = Files.writeString(temporary.resolve("password"), "x".repeat(4097));
    assertRefused(
        "[TMP/password] is too long for a password",
        push("--user", "elastic", "--password-file", file.toString()));
    environment.put("SIGHTLINE_PASSWORD", SECRET);
    assertRefused("the user's name must have no colon, got [a:b]", push("--user", "a:b"));
    environment.put("SIGHTLINE_API_KEY", "two words");
    assertRefused("the API key must be one word of ASCII characters", push());
    assertEquals(List.of(), cluster.requests);
  }

  @Test
  void whoMayNotPushLearnsWhatToDo() {
    String refused = " (HTTP 401, security_exception: missing authentication credentials)";
    cluster.next(
        "POST",
        ClusterServer.error(401, "security_exception", "missing authentication credentials"),
        ClusterServer.error(401, "security_exception", "missing authentication credentials"),
        ClusterServer.error(403, "security_exception", "action [x] is unauthorized"),
        ClusterServer.error(403, "cluster_block_exception", "read-only"));
    assertRefused(
        "[CLUSTER] wants to know who asks: give --user and the password in"
            + " SIGHTLINE_PASSWORD or --password-file, or an API key in SIGHTLINE_API_KEY"
            + refused,
        push());
    environment.put("SIGHTLINE_API_KEY", "a2V5");
    assertRefused("[CLUSTER] does not accept this user or API key" + refused, push());
    assertRefused(
        "this user may not store models in [CLUSTER]: give a role with the cluster"
            + " privileges [cluster:admin/sightline/model/put,"
            + " cluster:admin/sightline/model/put_part, cluster:monitor/sightline/models] (HTTP 403, security_exception: action [x] is unauthorized)",
        push());
    assertRefused(
        "[CLUSTER] refuses [tiny-clip]: HTTP 403, cluster_block_exception: read-only", push());
    assertEquals(List.of(), waits);
  }

  @Test
  void theClustersReasonIsPrinted() {
    cluster.next(
        "POST",
        ClusterServer.error(500, "null_pointer_exception", "oh"),
        ClusterServer.text(
            400,
            "{\"error\":\"no handler found for uri [/_sightline/models/tiny-clip] and"
                + " method [POST]\",\"status\":400}"));
    cluster.next("PUT", ClusterServer.error(400, "illegal_argument_exception", "[part] is odd"));
    String refuses = "[CLUSTER] refuses ";
    assertRefused(refuses + "[tiny-clip]: HTTP 500, null_pointer_exception: oh", push());
    assertRefused(
        refuses
            + "[tiny-clip]: HTTP 400, no handler found for uri [/_sightline/models/tiny-clip]"
            + " and method [POST]; is the plugin on that node, in a version that stores models"
            + " in the cluster?",
        push());
    assertRefused(
        refuses + "[image.onnx]: HTTP 400, illegal_argument_exception: [part] is odd", push());
    assertEquals(List.of(), waits);
  }

  @Test
  void redirectsAreNotFollowed() {
    environment.put("SIGHTLINE_API_KEY", "a2V5");
    try (ClusterServer other = new ClusterServer()) {
      String target = other.address() + "/_sightline/models/tiny-clip";
      cluster.next("POST", ClusterServer.status(307, "Location", target));
      assertRefused(
          "[CLUSTER] redirects to ["
              + target
              + "], which is not followed: give the address itself in --url (HTTP 307)",
          push());
      assertEquals(List.of(), other.requests);
    }
  }

  @Test
  void aBrokenBundleIsRefusedBeforeAnythingIsSent() throws IOException {
    byte[] graph = Files.readAllBytes(bundle.file("text.onnx"));
    graph[graph.length / 2] ^= 1;
    Files.write(bundle.file("text.onnx"), graph);
    Result result = push();
    assertEquals(SightlineModels.FAILED, result.code());
    assertStarts("error: the file [text.onnx] has the SHA-256 [", result.err());
    assertEquals(List.of(), cluster.requests);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'result':'lost' | [result] must be one of [incomplete, created, updated, noop], got [lost]",
        "'model_id':'x' | [model_id] must be tiny-clip, got [x]",
        "'version':7 | [version] must be a text, got [7]",
        "'part_bytes':0 | [part_bytes] must be in [1, 104857600], got [0]",
        "'part_bytes':104857601 | [part_bytes] must be in [1, 104857600], got [104857601]",
        "'missing':[] | [missing] must be a list of files, got [[]]",
        "'missing':[{'file':'/etc/passwd','sha256':'00'}] | [missing.sha256] must be"
            + " one of the manifest, got [00]",
        "'missing':[{'sha256':'IMAGE','parts':[0,10]}] | [missing.parts] must be in [0,"
            + " 9], got [10]",
        "'missing':[{'sha256':'IMAGE','parts':[-1]}] | [missing.parts] must be in [0,"
            + " 9], got [-1]",
        "'missing':[{'sha256':'IMAGE','parts':[]}] | [missing.parts] must be a list of"
            + " integers, got [[]]",
      })
  void anAnswerThatDoesNotFitIsRefused(String other, String reason) {
    String field = other.substring(0, other.indexOf(':'));
    String image = bundle.manifest().files().get("image.onnx").sha256();
    String body = "{";
    for (String right :
        List.of(
            "'model_id':'tiny-clip'",
            "'version':'ab'",
            "'result':'incomplete'",
            "'part_bytes':12000",
            "'missing':[{'sha256':'IMAGE','parts':[0]}]")) {
      body += (right.startsWith(field + ":") ? other : right) + ",";
    }
    body = body.substring(0, body.length() - 1) + "}";
    body = body.replace('\'', '"').replace("IMAGE", image);
    cluster.next("POST", ClusterServer.text(202, body));
    assertRefused("the cluster's answer does not fit the bundle: " + reason, push());
    assertEquals(List.of(), cluster.sent());
  }

  @Test
  void whatIsNoSightlineIsSaid() {
    cluster.next("POST", ClusterServer.text(200, "<html>hello</html>"));
    String reason = "[CLUSTER] does not answer as Sightline does";
    assertRefused(reason, push());
    cluster.next("PUT", ClusterServer.text(200, "{}"));
    assertRefused(reason, push());
    cluster.next("GET", ClusterServer.text(200, "{}"));
    assertFailed("the cluster's answer has no [nodes]", push());
    cluster.next("GET", ClusterServer.text(200, "{\"nodes\":[{\"name\":\"n1\"}]}"));
    assertFailed("the cluster's answer names a node without name or state", push());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ftp://host | the cluster's address must be http:// or https:// with a host and"
            + " no user, got [ftp://host]",
        "http://u:p@host | the cluster's address must be http:// or https:// with a"
            + " host and no user, got [http://u:p@host]",
        "localhost:9200 | the cluster's address must begin with http:// or https://, got"
            + " [localhost:9200]: try [http://localhost:9200]",
        "10.0.0.1:9200 | the cluster's address must begin with http:// or https://, got"
            + " [10.0.0.1:9200]: try [http://10.0.0.1:9200]",
        "http://host?x | the cluster's address must have neither query nor fragment,"
            + " got [http://host?x]",
      })
  void anAddressIsOne(String address, String reason) {
    assertRefused(reason, pushTo(address));
    assertEquals(List.of(), waits);
  }

  @Test
  void aServerThatSpeaksPlainHttpIsSaidAtOnce() throws IOException {
    try (ServerSocket plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread.ofVirtual()
          .start(
              () -> {
                try (Socket greeted = plain.accept()) {
                  greeted.getInputStream().read();
                  String answer = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
                  greeted.getOutputStream().write(answer.getBytes(StandardCharsets.US_ASCII));
                  greeted.getInputStream().transferTo(OutputStream.nullOutputStream());
                } catch (IOException e) {
                  return; // the client has what it needs
                }
              });
      String address = "https://127.0.0.1:" + plain.getLocalPort();
      Result result = pushTo(address);
      assertEquals(SightlineModels.FAILED, result.code());
      assertStarts("error: [" + address + "] gives no TLS connection: ", result.err());
      assertEnds("; if the cluster speaks plain http, give --url http://…\n", result.err());
      assertEquals(List.of(), waits);
    }
  }

  @Test
  void aModelInUseIsReplacedOnlyWhereThatIsSaid() throws IOException {
    String reason = "version [ab] of model [tiny-clip] would change the vectors of indices [a]";
    cluster.next("POST", ClusterServer.error(409, "status_exception", reason));
    assertRefused("[CLUSTER] refuses [tiny-clip]: HTTP 409, status_exception: " + reason, push());
    assertEquals("", cluster.requests.getLast().query());
    assertPushed(push("--replace"));
    assertEquals(
        Set.of("replace=true"),
        cluster.requests.stream()
            .filter(request -> request.method().equals("POST"))
            .skip(1)
            .map(Request::query)
            .collect(Collectors.toSet()));
    assertEquals(SightlineModels.USAGE, push("--replace=yes").code());
  }
}
