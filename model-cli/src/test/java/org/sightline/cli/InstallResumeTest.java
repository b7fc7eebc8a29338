package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.sightline.cli.hub.HubFiles.names;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.web.FaultyServer.Fault;
import org.sightline.testsupport.web.HubServer;
import org.sightline.testsupport.web.HubServer.Request;

/** Connections that break, servers that are busy, and what is left for the next try. */
class InstallResumeTest extends InstallTestCase {
  private static final String TEXT = "onnx/text_model.onnx";
  private static final Fault BUSY = HubServer.status(503);

  private byte[] text;
  private String tag;

  InstallResumeTest() {
    super("o/hub-clip");
  }

  @BeforeEach
  void fill() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    text = hub.files.get(TEXT);
    tag = "\"" + Digest.sha256(text) + "\"";
  }

  private Result install(String... more) {
    return run(
        Stream.concat(
                Stream.of("install", "hf:o/hub-clip", "--hub", hub.address()), Arrays.stream(more))
            .toArray(String[]::new));
  }

  private Path staged(String name) {
    return downloads().resolve("models--o--hub-clip/snapshots/" + HubServer.COMMIT).resolve(name);
  }

  /** Leaves a part of the text graph, of a version where there is one. */
  private void stage(int bytes, String version) throws IOException {
    Path part = staged(TEXT + ".part");
    Files.createDirectories(part.getParent());
    Files.write(part, new byte[bytes]);
    if (version != null) {
      Files.writeString(staged(TEXT + ".part.etag"), version);
    }
  }

  /** What the server with the bytes was asked for the text graph. */
  private List<Request> asked() {
    return hub.requests(TEXT).stream().filter(r -> r.server().equals("content")).toList();
  }

  /** As many connections in a row as are tried, each ended at once. */
  private static Fault[] brokenConnections() {
    Fault[] faults = new Fault[6];
    Arrays.fill(faults, HubServer.cutAfter(0));
    return faults;
  }

  @Test
  void goesOnWhereTheConnectionBroke() {
    hub.next(TEXT, HubServer.cutAfter(1000), HubServer.cutAfter(500));
    assertInstalled(install(), "hub-clip");
    List<Request> asked = asked();
    assertEquals(3, asked.size());
    assertNull(asked.get(0).range());
    assertEquals("bytes=1000-", asked.get(1).range());
    assertEquals(tag, asked.get(1).ifRange());
    assertEquals("bytes=1500-", asked.get(2).range());
    assertEquals("1 2", waited());
  }

  @Test
  void theNextCommandGoesOnWhereTheLastOneEnded() throws IOException {
    hub.next(TEXT, HubServer.cutAfter(1000));
    hub.next(TEXT, brokenConnections());
    Result cut = install();
    assertEquals(SightlineModels.FAILED, cut.code());
    assertEnds(
        ", tried 6 times; what has arrived is kept, and the same command goes on from" + " there\n",
        cut.err());
    assertEquals(List.of(), names(models()));
    assertArrayEquals(Arrays.copyOf(text, 1000), Files.readAllBytes(staged(TEXT + ".part")));
    assertEquals(tag, Files.readString(staged(TEXT + ".part.etag")));

    hub.requests.clear();
    assertInstalled(install(), "hub-clip");
    // one more of the broken ones was left
    assertEquals(
        List.of("bytes=1000-", "bytes=1000-"), asked().stream().map(Request::range).toList());
    assertEquals(List.of(TEXT), hub.asked(), "what was complete was not fetched again");
  }

  @Test
  void whatIsLeftOfAnotherCommitIsNotUsed() throws IOException {
    Path old = staged("x").getParent().resolveSibling("f".repeat(40));
    Files.createDirectories(old);
    Files.writeString(old.resolve("config.json"), "old");
    hub.next(TEXT, brokenConnections());
    assertEquals(SightlineModels.FAILED, install().code());
    assertEquals(List.of(HubServer.COMMIT), names(old.getParent()));
  }

  @Test
  void aServerThatIgnoresRangesStartsAnew() {
    hub.next(TEXT, HubServer.cutAfter(1000), HubServer.answer(200, text));
    assertInstalled(install(), "hub-clip");
    assertEquals("bytes=1000-", asked().get(1).range());
  }

  @Test
  void aFileThatChangedStartsAnew() throws IOException {
    stage(1000, "\"another\"");
    assertInstalled(install(), "hub-clip");
    assertEquals("\"another\"", asked().get(0).ifRange());
  }

  @Test
  void aPartWithoutAVersionStartsAnew() throws IOException {
    stage(1000, null);
    assertInstalled(install(), "hub-clip");
    assertNull(asked().get(0).range());
  }

  @Test
  void aPartThatIsTooLongStartsAnew() throws IOException {
    stage(text.length + 1, tag);
    assertInstalled(install(), "hub-clip"); // after 416
    assertEquals("bytes=" + (text.length + 1) + "-", asked().get(0).range());
    assertNull(asked().get(1).range());
  }

  @Test
  void anotherRangeThanAskedForStartsAnew() {
    hub.next(
        TEXT,
        HubServer.cutAfter(1000),
        HubServer.answer(
            206, 10, Arrays.copyOf(text, 10), "Content-Range", "bytes 0-9/" + text.length));
    assertInstalled(install(), "hub-clip");
    assertNull(asked().get(2).range());
  }

  @Test
  void partsThatDoNotFitAreFetchedAnewOnce() throws IOException {
    Path part = staged(TEXT + ".part");
    Files.createDirectories(part.getParent());
    Files.write(part, new byte[1000]); // the tag is right, the bytes are not
    Files.writeString(staged(TEXT + ".part.etag"), tag);
    Result result = install();
    assertInstalled(result, "hub-clip");
    assertContains(TEXT + ": its parts do not fit, fetched anew\n", result.err());
  }

  @Test
  void bytesOfAnotherFileAreRefused() {
    byte[] other = text.clone();
    other[100] ^= 1;
    hub.next(TEXT, HubServer.answer(200, other));
    assertRefused(
        "["
            + TEXT
            + "] has the SHA-256 ["
            + Digest.sha256(other)
            + "], the hub says ["
            + Digest.sha256(text)
            + "]",
        install());
    assertEquals(
        List.of("text_model.onnx", "vision_model.onnx").subList(1, 2), names(staged("onnx")));
    assertInstalled(install(), "hub-clip");
  }

  @Test
  void moreBytesThanTheHubSaysAreRefused() {
    hub.next(TEXT, HubServer.answer(200, Arrays.copyOf(text, text.length + 1)));
    assertRefused(
        "[" + TEXT + "] is longer than the " + text.length + " bytes that the hub says", install());
  }

  @Test
  void fewerBytesThanTheHubSaysAreATruncation() {
    Fault shorter = HubServer.answer(200, Arrays.copyOf(text, 1000));
    hub.next(TEXT, shorter);
    Result result = install();
    assertInstalled(result, "hub-clip");
    assertContains(
        TEXT + ": the connection ended after 1000 of " + text.length + " bytes, next try in 1 s\n",
        result.err());
  }

  @Test
  void aBusyServerIsAskedAgainLaterAndLater() {
    hub.next("", BUSY, HubServer.status(500));
    hub.next(TEXT, BUSY, HubServer.status(502), HubServer.status(504));
    Result result = install();
    assertInstalled(result, "hub-clip");
    assertEquals("1 2 1 2 4", waited());
    assertContains(TEXT + ": HTTP 502, next try in 2 s\n", result.err());
  }

  @Test
  void aServerThatStaysBusyIsGivenUp() {
    hub.next("", BUSY, BUSY, BUSY, BUSY, BUSY, BUSY);
    assertRefused("[o/hub-clip] cannot be fetched: HTTP 503, tried 6 times", install());
    assertEquals("1 2 4 8 16", waited());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "17 | 17",
        "0 | 0",
        "Wed, 04 Mar 2026 05:08:07 GMT | 120",
        "Wed, 04 Mar 2026 05:00:00 GMT | 0",
        "soon | 1",
      })
  void theServerSaysHowLongToWait(String retryAfter, long seconds) {
    hub.next(TEXT, HubServer.status(429, "Retry-After", retryAfter));
    assertInstalled(install(), "hub-clip");
    assertEquals(List.of(Duration.ofSeconds(seconds)), waits);
  }

  @Test
  void aServerThatAsksForHoursIsLeftToTheUser() {
    hub.next(TEXT, HubServer.status(429, "Retry-After", "7200"));
    assertRefused(
        "[" + TEXT + "] cannot be fetched now: HTTP 429, and the server asks to wait 7200 s",
        install());
    assertEquals(List.of(), waits);
  }

  @Test
  void aServerThatIsNotThereIsNamed() {
    hub.close();
    assertRefused(
        "the hub [HUB] cannot be reached: it refuses the connection, without a proxy"
            + " (CLI_JAVA_OPTS=\"-Dhttp.proxyHost=… -Dhttp.proxyPort=…\" sets one); --hub or"
            + " HF_ENDPOINT names another one, and [import] takes a folder that was fetched"
            + " elsewhere",
        install());
    assertEquals(List.of(), waits); // nobody waits for what was never there
    assertEquals(List.of(), names(downloads()));
    environment.put("HTTPS_PROXY", "http://proxy.example:3128");
    assertFailedWith("without a proxy, because Java does not read HTTPS_PROXY: set", install());
    assertFailed(
        "[http://no.such.host.invalid] cannot be reached: nobody knows a host of that name,"
            + " without a proxy, because Java does not read HTTPS_PROXY: set"
            + " CLI_JAVA_OPTS=\"-Dhttp.proxyHost=… -Dhttp.proxyPort=…\"",
        run("install", "http://no.such.host.invalid/bundle.zip"));
  }

  @Test
  void oneProcessAtATime() throws IOException {
    Path lock = downloads().resolve("models--o--hub-clip/.lock");
    Files.createDirectories(lock.getParent());
    try (FileChannel channel =
        FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.lock();
      assertRefused(
          "another install uses the folder [TMP/config/models-downloads/models--o--hub-clip]",
          install());
    }
    assertInstalled(install(), "hub-clip");
  }

  @Test
  void theSizeIsBounded() {
    hub.next(
        "config.json",
        // no length: in chunks
        HubServer.answer(200, 0, new byte[100_000]));
    assertRefused(
        "[config.json] has more bytes, allowed are at most 50000 (--max-bytes, for all"
            + " files together)",
        install("--max-bytes", "50000"));
    long configs =
        hub.files.entrySet().stream()
            .filter(file -> file.getKey().endsWith(".json"))
            .mapToLong(file -> file.getValue().length)
            .sum();
    long vision = hub.files.get("onnx/vision_model.onnx").length;
    assertRefused(
        "[onnx/vision_model.onnx] has "
            + vision
            + " bytes, allowed are at most "
            + (vision - 1)
            + " (--max-bytes, for all files together)",
        install("--max-bytes", Long.toString(configs + vision - 1)));
  }

  @Test
  void aDiskWithoutRoomIsNamedBeforeAByteIsFetched() {
    hub.next(TEXT, HubServer.answer(200, 1L << 60, text));
    hub.hideLinks = true;
    Result result = install("--max-bytes", Long.toString(Long.MAX_VALUE));
    assertFailedWith(
        "error: [text_model.onnx] needs 1152921504606846976 bytes more, the disk of ["
            + "TMP/config/models-downloads/models--o--hub-clip/snapshots/COMMIT/onnx] has ",
        result);
  }

  @Test
  void aDiskThatFillsUpIsNamed() throws IOException {
    Path full = Path.of("/dev/full");
    assumeTrue(Files.exists(full));
    Path part = staged(TEXT + ".part");
    Files.createDirectories(part.getParent());
    Files.createSymbolicLink(part, full);
    assertRefused(
        "[TMP/config/models-downloads/models--o--hub-clip/snapshots/COMMIT/"
            + "onnx/text_model.onnx.part] cannot be written: No space left on device",
        install());
  }

  @ParameterizedTest
  @ValueSource(strings = {"ftp://127.0.0.1/x", "http://[x", "file:///etc/passwd"})
  void redirectsLeadToServersOnly(String target) {
    hub.next("config.json", HubServer.status(302, "Location", target));
    Result result = install();
    assertFailedWith("[" + target + "]", result);
    assertEquals(List.of(), names(models()));
  }

  @Test
  void redirectsWithoutEndAreGivenUp() {
    String config = "/o/hub-clip/resolve/" + HubServer.COMMIT + "/config.json";
    Fault[] circle = new Fault[11];
    Arrays.fill(circle, HubServer.status(307, "Location", config));
    hub.next("config.json", circle);
    assertRefused(
        "[HUB/o/hub-clip/resolve/COMMIT/config.json] redirects more than 10 times", install());
  }

  @Test
  void filesOfAnotherCommitAreRefused() {
    byte[] config = hub.files.get("config.json");
    hub.next(
        "config.json",
        HubServer.answer(200, config.length, config, "X-Repo-Commit", "f".repeat(40)));
    String message = "[config.json] came from the commit [%s], asked for was [COMMIT]";
    assertRefused(String.format(Locale.ROOT, message, "f".repeat(40)), install());
  }

  @Test
  void aTerminalShowsABar() {
    terminal = true;
    Result result = install();
    assertInstalled(result, "hub-clip");
    assertContains(
        "\r\u001b[Konnx/text_model.onnx  [" + " ".repeat(24) + "] 0 % of ", result.err());
  }
}
