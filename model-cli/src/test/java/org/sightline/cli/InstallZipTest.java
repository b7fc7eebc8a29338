package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.cli.hub.HubFiles.names;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.web.HubServer;

/** Zips of bundles, from disk and from servers: whatever they hold, nothing leaves its folder. */
class InstallZipTest extends InstallTestCase {
  private static final int LINK = 0xA1FF;

  private Map<String, byte[]> bundle;
  private Path zip;

  InstallZipTest() {
    super("o/zips");
  }

  @BeforeEach
  void read() throws IOException {
    bundle = new TreeMap<>();
    for (String name : names(FIXTURES.resolve("tiny-clip"))) {
      bundle.put(name, Files.readAllBytes(FIXTURES.resolve("tiny-clip").resolve(name)));
    }
    zip = temporary.resolve("tiny.zip");
  }

  private ZipWriter zipped(String folder) {
    ZipWriter writer = new ZipWriter();
    bundle.forEach((name, content) -> writer.file(folder + name, content));
    return writer;
  }

  private Result install(ZipWriter writer, String... more) throws IOException {
    Files.write(zip, writer.toBytes());
    String[] words = new String[more.length + 2];
    words[0] = "install";
    words[1] = zip.toString();
    System.arraycopy(more, 0, words, 2, more.length);
    return run(words);
  }

  private void assertRefused(String message, ZipWriter writer) throws IOException {
    assertRefused(message, install(writer));
    assertEquals(List.of(), names(downloads()));
    assertEquals(List.of("config", "tiny.zip"), names(temporary));
  }

  private String entry(String name, String why) {
    return "the entry [" + name + "] of [TMP/tiny.zip] " + why;
  }

  @Test
  void aZipOnDiskIsInstalled() throws IOException {
    Result result = install(zipped(""), "--sha256", Digest.sha256(zipped("").toBytes()));
    assertInstalled(result, "tiny-clip");
    assertEquals("", result.err());
    assertTrue(Files.exists(zip));
  }

  @Test
  void theFilesMayLieInOneFolder() throws IOException {
    assertInstalled(install(zipped("tiny-clip-v3/").folder("tiny-clip-v3/")), "tiny-clip");
  }

  @Test
  void aZipOfTheSecondKindIsRead() throws IOException {
    assertInstalled(install(zipped("").zip64()), "tiny-clip");
  }

  @Test
  void aZipIsFetchedThroughRedirectsAndResumed() throws IOException {
    byte[] bytes = zipped("").toBytes();
    hub.files.put("bundle.zip", bytes);
    hub.files.put("latest", new byte[0]);
    String where = hub.contentAddress() + "/bundle.zip?signature=secret";
    hub.next("latest", HubServer.status(302, "Location", where));
    hub.next("bundle.zip", HubServer.cutAfter(1000));
    hub.next("latest", HubServer.status(302, "Location", where));
    environment.put("HF_TOKEN", "hf_secret");
    Result result = run("install", hub.contentAddress() + "/latest");
    assertInstalled(result, "tiny-clip");
    assertEquals("bytes=1000-", hub.requests("bundle.zip").get(1).range());
    assertTrue(
        hub.requests.stream().allMatch(request -> request.authorization() == null),
        "the token is for the hub");
  }

  @Test
  void aZipIsComparedWithItsDigest() throws IOException {
    byte[] bytes = zipped("").toBytes();
    hub.files.put("bundle.zip", bytes);
    String wrong = "0".repeat(64);
    String address = hub.contentAddress() + "/bundle.zip";
    assertRefused(
        "["
            + address
            + "] has the SHA-256 ["
            + Digest.sha256(bytes)
            + "], --sha256 says ["
            + wrong
            + "]",
        run("install", address, "--sha256", wrong));
    assertRefused(
        "[TMP/tiny.zip] has the SHA-256 ["
            + Digest.sha256(bytes)
            + "], --sha256 says ["
            + wrong
            + "]",
        install(zipped(""), "--sha256", wrong));
    assertInstalled(run("install", address, "--sha256", Digest.sha256(bytes)), "tiny-clip");
  }

  @Test
  void aZipThatIsTooLargeIsRefused() throws IOException {
    byte[] bytes = zipped("").toBytes();
    hub.files.put("bundle.zip", bytes);
    String address = hub.contentAddress() + "/bundle.zip";
    assertRefused(
        "["
            + address
            + "] has "
            + bytes.length
            + " bytes, allowed are at most 1000 (--max-bytes, for all files together)",
        run("install", address, "--max-bytes", "1000"));
    long unpacked = bundle.values().stream().mapToLong(content -> content.length).sum();
    assertRefused(
        "the bundle has "
            + (unpacked - bundle.get("model.json").length)
            + " bytes by its manifest, allowed are at most 1000 (--max-bytes)",
        install(zipped(""), "--max-bytes", "1000"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../evil",
        "/evil",
        "a/../../evil",
        "tiny/../evil",
        "..",
        "a//evil",
        "./evil",
        "..\\evil",
        "C:evil",
        "../"
      })
  void anEntryThatLeavesTheFolderIsRefused(String name) throws IOException {
    assertRefused(
        entry(name, "has a path that could leave the folder"), zipped("").file(name, new byte[1]));
  }

  @Test
  void aLinkIsRefused() throws IOException {
    bundle.remove("tokenizer.json");
    assertRefused(
        entry("tokenizer.json", "is a link or another special file"),
        zipped("").special("tokenizer.json", "/etc/passwd".getBytes(StandardCharsets.UTF_8), LINK));
  }

  @ParameterizedTest
  @ValueSource(strings = {"text.onnx", "TEXT.onnx"})
  void aNameThatStandsTwiceIsRefused(String name) throws IOException {
    assertRefused(entry(name, "stands twice"), zipped("").file(name, new byte[1]));
  }

  @Test
  void anEncryptedEntryIsRefused() throws IOException {
    assertRefused(entry("secret", "is encrypted"), zipped("").encrypted("secret"));
  }

  @Test
  void aControlCharacterIsRefused() throws IOException {
    assertRefused(
        entry("a?b", "has a control character in its name"), zipped("").file("a\nb", new byte[1]));
  }

  @Test
  void moreBytesThanTheManifestSaysAreRefused() throws IOException {
    int length = bundle.get("text.onnx").length;
    bundle.put("text.onnx", new byte[50_000_000]); // packs to almost nothing
    assertRefused(
        entry("text.onnx", "holds more than the " + length + " bytes that the manifest says"),
        zipped(""));
  }

  @Test
  void aManifestWithoutEndIsRefused() throws IOException {
    bundle.put("model.json", new byte[5_000_000]);
    assertRefused(entry("model.json", "has more than 1048576 bytes"), zipped(""));
  }

  @Test
  void whatTheManifestDoesNotNameIsRefused() throws IOException {
    assertRefused(
        entry(
            "README.md",
            "is not in the manifest, which has [image.onnx, text.onnx, tokenizer.json]"),
        zipped("").file("README.md", new byte[1]));
    assertRefused(
        entry("__MACOSX/._model", "is not beside the manifest [model.json]"),
        zipped("").file("__MACOSX/._model", new byte[1]));
    assertRefused(
        entry("other", "is not beside the manifest [tiny/model.json]"),
        zipped("tiny/").file("other", new byte[1]));
  }

  @Test
  void whatTheManifestNamesMustBeThere() throws IOException {
    bundle.remove("text.onnx");
    assertRefused(
        "[TMP/tiny.zip] lacks the file [text.onnx] of its manifest; it has [image.onnx,"
            + " model.json, tokenizer.json]",
        zipped(""));
    bundle.remove("model.json");
    assertRefused(
        "[TMP/tiny.zip] must have one model.json, at the top or in one folder, got []", zipped(""));
    assertRefused(
        "[TMP/tiny.zip] must have one model.json, at the top or in one folder, got"
            + " [a/model.json, b/model.json]",
        new ZipWriter().file("a/model.json", new byte[1]).file("b/model.json", new byte[1]));
  }

  @Test
  void aFileThatChangedIsRefused() throws IOException {
    byte[] text = bundle.get("text.onnx").clone();
    String wanted = Digest.sha256(text);
    text[text.length / 2] ^= 1;
    bundle.put("text.onnx", text);
    assertRefused(
        "the file [text.onnx] has the SHA-256 ["
            + Digest.sha256(text)
            + "], the manifest says ["
            + wanted
            + "]",
        zipped(""));
  }

  @Test
  void aManifestThatSaysTooMuchForTheDiskIsRefused() throws IOException {
    JsonObject manifest =
        JsonParser.parseString(new String(bundle.get("model.json"), StandardCharsets.UTF_8))
            .getAsJsonObject();
    long most = 1L << 50;
    manifest.getAsJsonObject("files").getAsJsonObject("image.onnx").addProperty("bytes", most);
    bundle.put("model.json", manifest.toString().getBytes(StandardCharsets.UTF_8));
    Result result = install(zipped(""), "--max-bytes", Long.toString(Long.MAX_VALUE));
    assertEquals(SightlineModels.FAILED, result.code());
    assertStarts("error: [image.onnx] needs " + most + " bytes more, the disk of [", result.err());
    assertEquals(List.of(), names(models()));
  }

  @Test
  void whatIsNoZipIsRefused() throws IOException {
    Files.writeString(zip, "PK or not");
    assertRefused(
        "[TMP/tiny.zip] cannot be unpacked: it is no zip, or is cut short",
        run("install", zip.toString()));
    byte[] whole = zipped("").toBytes();
    Files.write(zip, Arrays.copyOfRange(whole, whole.length / 2, whole.length));
    Result cut = run("install", zip.toString());
    assertEquals(SightlineModels.FAILED, cut.code());
    assertStarts("error: [TMP/tiny.zip] cannot be unpacked: ", cut.err());
    assertEquals(List.of(), names(models()));
    assertEquals(List.of(), names(downloads()));
  }

  @Test
  void aFolderIsForImport() {
    assertRefused(
        "[TMP] is a folder: [import] takes folders", run("install", temporary.toString()));
  }

  @Test
  void aBundleInAFolderOfAnyNameIsImported() throws IOException {
    Path folder = Files.createDirectory(temporary.resolve("Somewhere else"));
    for (Map.Entry<String, byte[]> file : bundle.entrySet()) {
      Files.write(folder.resolve(file.getKey()), file.getValue());
    }
    Result result = run("import", folder.toString());
    assertDone(result);
    assertEquals(SightlineModels.OK, run("verify", "tiny-clip").code());
  }
}
