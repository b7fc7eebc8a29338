package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.sightline.cli.hub.HubFiles.names;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.sightline.runtime.inference.Digest;
import org.sightline.testsupport.web.HubServer;
import org.sightline.testsupport.web.HubServer.Request;

/** Repositories of a hub: what is fetched, to whom the token goes, what is refused. */
class InstallFromHubTest extends InstallTestCase {
  private static final String TEXT = "onnx/text_model.onnx";

  InstallFromHubTest() {
    super("Owner/Hub-CLIP");
  }

  private Result install(String... more) {
    environment.put("HF_ENDPOINT", hub.address() + "/");
    return run(
        Stream.concat(Stream.of("install", "hf:Owner/Hub-CLIP"), Arrays.stream(more))
            .toArray(String[]::new));
  }

  @Test
  void aFolderForOnnxBecomesABundle() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    hub.files.put("README.md", new byte[9]);
    hub.files.put("pytorch_model.bin", new byte[9]);
    hub.files.put("onnx/model.onnx", new byte[9]);
    Result result = install("--license", "MIT");
    assertInstalled(result, "hub-clip");
    assertEquals(
        List.of(
            "config.json",
            "preprocessor_config.json",
            "tokenizer.json",
            "onnx/vision_model.onnx",
            TEXT),
        hub.asked());
    String manifest = Files.readString(models().resolve("hub-clip/model.json"));
    assertContains("\"hf:Owner/Hub-CLIP@" + HubServer.COMMIT + "\"", manifest);
    assertContains("\"MIT\"", manifest);
    assertEquals(
        List.of(
            line("config.json"),
            line("preprocessor_config.json"),
            line("tokenizer.json"),
            line("onnx/vision_model.onnx"),
            line(TEXT)),
        result.err().lines().toList());
    assertEquals(List.of(), waits);
  }

  /** How a finished file is reported. */
  private String line(String name) {
    int bytes = hub.files.get(name).length;
    return name
        + "  "
        + (bytes < 1000 ? bytes + " bytes" : String.format(Locale.ROOT, "%.1f kB", bytes / 1e3));
  }

  @Test
  void optionsOfTheImportAreItsOwn() throws IOException {
    hub.with(FIXTURES.resolve("hub-siglip"));
    assertRefused(
        "--logit-scale of a SigLIP needs --logit-bias, the checkpoint's [logit_bias]",
        install("--logit-scale", "20"));
    // refused before the graphs were fetched
    assertEquals(List.of(), hub.requests(TEXT));
    assertEquals(List.of(), names(downloads()));
    assertInstalled(
        install("--logit-scale", "20", "--logit-bias=-8", "--id", "mine", "--precision", "fp32"),
        "mine");
  }

  @Test
  void aBundleIsTakenAsItsManifestSays() throws IOException {
    hub.with(FIXTURES.resolve("tiny-clip"));
    hub.files.put("README.md", new byte[9]);
    assertInstalled(install(), "tiny-clip");
    assertEquals(List.of("model.json", "image.onnx", "text.onnx", "tokenizer.json"), hub.asked());
  }

  @Test
  void aBundlesFileIsComparedWithItsManifest() throws IOException {
    hub.with(FIXTURES.resolve("tiny-clip"));
    byte[] tokenizer = hub.files.get("tokenizer.json");
    String wanted = Digest.sha256(tokenizer);
    tokenizer[tokenizer.length / 2] ^= 1;
    assertRefused(
        "[tokenizer.json] has the SHA-256 ["
            + Digest.sha256(tokenizer)
            + "], the manifest says ["
            + wanted
            + "]",
        install());
    hub.files.put("tokenizer.json", new byte[3]);
    assertRefused(
        "[tokenizer.json] has 3 bytes on the server, the manifest says " + tokenizer.length,
        install());
    hub.files.remove("tokenizer.json");
    assertRefused(
        "the repository [Owner/Hub-CLIP] has no file [tokenizer.json] at [main]: the"
            + " manifest names it",
        install());
  }

  @Test
  void aBundlesManifestAnswersTheOptions() throws IOException {
    hub.with(FIXTURES.resolve("tiny-clip"));
    assertRefused(
        "[--id] is not for bundles: the manifest of this one says [tiny-clip]",
        install("--id", "other"));
    assertEquals(List.of("model.json"), hub.asked());
  }

  @Test
  void openClipModelsHaveALayoutOfTheirOwn() throws IOException {
    hub.with(FIXTURES.resolve("hub-openclip"));
    hub.files.put("visual/fp16/model.armnn", new byte[9]);
    assertInstalled(install("--id", "openclip"), "openclip");
    assertEquals(
        List.of(
            "config.json",
            "visual/preprocess_cfg.json",
            "textual/tokenizer.json",
            "textual/tokenizer_config.json",
            "visual/model.onnx",
            "textual/model.onnx"),
        hub.asked());
  }

  @Test
  void weightsBesideTheGraphComeAlong() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    OnnxEdit.moveWeights(hub.files, "onnx/vision_model.onnx", "vision_model.onnx_data");
    assertInstalled(install(), "hub-clip");
    assertTrue(hub.asked().contains("onnx/vision_model.onnx_data"));
    hub.files.remove("onnx/vision_model.onnx_data");
    assertEquals(
        "error: the repository [Owner/Hub-CLIP] has no file [onnx/vision_model.onnx_data] at"
            + " [main]: a graph keeps weights in it\n",
        lastLine(install("--id", "second")));
  }

  private static String lastLine(Result result) {
    return result.err().substring(result.err().lastIndexOf("error: "));
  }

  @Test
  void theTokenStaysWithTheHub() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    environment.put("HF_TOKEN", "hf_secret");
    Path file = Files.writeString(temporary.resolve("token"), "hf_other\n");
    assertInstalled(install("--token-file", file.toString()), "hub-clip");
    assertFalse(hub.requests.isEmpty());
    for (Request request : hub.requests) {
      if (request.server().equals("hub")) {
        assertEquals("Bearer hf_other", request.authorization(), request::toString);
      } else {
        assertNull(request.authorization(), request::toString);
      }
    }
    assertTrue(hub.requests.stream().anyMatch(request -> request.server().equals("content")));
  }

  @Test
  void theTokenOfTheEnvironmentIsUsed() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    environment.put("HF_TOKEN", "hf_secret");
    hub.next("", HubServer.status(401));
    assertRefused(
        "[Owner/Hub-CLIP] is not open to this token: accept the model's terms on the"
            + " hub with the token's account, or give another token (HTTP 401 from"
            + " [HUB/api/models/Owner/Hub-CLIP/revision/main])",
        install());
    assertEquals("Bearer hf_secret", hub.requests.get(0).authorization());
  }

  @Test
  void aTokenDoesNotTravelInTheOpen() {
    environment.put("HF_TOKEN", "hf_secret");
    assertRefused(
        "the token would travel in the open: the hub's address must begin with https,"
            + " got [http://hub.example]",
        run("install", "hf:Owner/Hub-CLIP", "--hub", "http://hub.example"));
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403})
  void aGatedModelNamesTheToken(int status) {
    hub.next("", HubServer.status(status));
    assertRefused(
        "[Owner/Hub-CLIP] does not exist, is private or is gated: for the last two"
            + " accept the model's terms on the hub and give a token in HF_TOKEN or"
            + " --token-file (HTTP "
            + status
            + " from [HUB/api/models/Owner/Hub-CLIP/revision/main])",
        install());
    assertEquals(List.of(), names(downloads()));
  }

  @Test
  void namesWhatTheHubDoesNotHave() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    environment.put("HF_ENDPOINT", hub.address());
    assertRefused("the hub has no repository [Owner/Other]", run("install", "hf:Owner/Other"));
    assertRefused(
        "the repository [Owner/Hub-CLIP] has no revision [v2/x]",
        run("install", "hf:Owner/Hub-CLIP@v2/x"));
    hub.next("config.json", HubServer.status(404));
    assertRefused(
        "[config.json] does not exist (HTTP 404 from [HUB/Owner/Hub-CLIP/resolve/COMMIT/config.json])",
        install());
    hub.files.remove("tokenizer.json");
    assertRefused(
        "[tokenizer.json] is missing; there are [config.json, onnx/text_model.onnx,"
            + " onnx/vision_model.onnx, preprocessor_config.json]; a second source may have it,"
            + " such as the repository of the checkpoint",
        install());
  }

  @Test
  void aTagIsARevision() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    assertInstalled(run("install", "hf:Owner/Hub-CLIP@v1", "--hub", hub.address()), "hub-clip");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "onnx/../../x", "/etc/passwd", "a//b", "a\\b", "onnx/./x", "a\nb"})
  void aListingWithHostileNamesIsRefused(String name) throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    hub.files.put(name, new byte[1]);
    Result result = install();
    assertEquals(SightlineModels.FAILED, result.code());
    assertEquals(
        "error: the hub's listing of [Owner/Hub-CLIP] has the file ["
            + name
            + "], which is no path\n",
        result.err());
    assertEquals(List.of(), hub.asked());
    assertEquals(List.of(), names(models()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | the answer of [HUB] is no listing of the repository [Owner/Hub-CLIP]",
        "<html> | the answer of [HUB] is no listing of the repository [Owner/Hub-CLIP]",
        "{\"siblings\":[]} | the answer of [HUB] is no listing of the repository [Owner/Hub-CLIP]",
        "{\"sha\":\"../../x\",\"siblings\":[]} | the hub's listing of [Owner/Hub-CLIP]"
            + " has the commit [../../x], which is none",
      })
  void anAnswerThatIsNoListingIsRefused(String body, String message) {
    hub.next("", HubServer.text(200, body));
    assertRefused(message, install());
  }

  @Test
  void anIdThatExistsIsRefusedBeforeTheGraphsAreFetched() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    Files.createDirectories(models().resolve("hub-clip"));
    Result result = install();
    assertEquals(
        "error: the model [hub-clip] exists already in [TMP/config/models]: remove it or give --id\n",
        lastLine(result));
    assertEquals(List.of(), hub.requests(TEXT));
  }

  @Test
  void saysWhichLayoutsThereAre() {
    hub.files.put("README.md", new byte[1]);
    hub.files.put("model.safetensors", new byte[1]);
    assertRefused(
        "no ONNX graphs are there: export the checkpoint with the package model-export"
            + " (sightline-export), which makes a bundle of it; there are [README.md,"
            + " model.safetensors]",
        install());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "hf:clip | expected hf:owner/name or hf:owner/name@revision, got [hf:clip]",
        "hf:../x | expected hf:owner/name or hf:owner/name@revision, got [hf:../x]",
        "hf:a/b/c | expected hf:owner/name or hf:owner/name@revision, got [hf:a/b/c]",
        "nowhere.zip | [nowhere.zip] is no file, expected hf:owner/name, an http or"
            + " https address, a zip, or a model of the catalogue (sightline-models catalog)",
        "owner/name@v1 | [owner/name@v1] is no file, expected hf:owner/name, an http or https"
            + " address, a zip, or a model of the catalogue (sightline-models catalog): the"
            + " repository of that name is hf:owner/name@v1",
        "https://huggingface.co/owner/name | [https://huggingface.co/owner/name] is the page of a"
            + " repository: install hf:owner/name",
        "http:///x | the address must be http:// or https:// with a host and no user,"
            + " got [http:///x]",
        "https://me:pw@h/x | the address must be http:// or https:// with a host and no"
            + " user, got [https://me:pw@h/x]",
      })
  void aSourceThatIsNoneIsExplained(String source, String message) {
    assertRefused(message, run("install", source));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "install | expected one source or two, got []",
        "install a b c | expected one source or two, got [a, b, c]",
        "install a --accept-license x | option [--accept-license] is for models of the catalogue"
            + " whose licence forbids commercial use",
        "install a --max-bytes 0 | option [--max-bytes] must be an integer of at least 1, got [0]",
        "install a --max-bytes 1k | option [--max-bytes] must be an integer of at least 1, got [1k]",
        "install a --sha256 12 | option [--sha256] must be 64 lower-case hexadecimal"
            + " digits, got [12]",
      })
  void aWrongCommandLineIsExplained(String line, String reason) {
    assertEquals(
        new Result(
            SightlineModels.USAGE,
            "",
            "error: " + reason + " (sightline-models --help shows all)\n"),
        run(line.split(" ")));
  }

  /** A power loss after the command leaves the whole model. */
  @Test
  void whatIsInstalledIsOnTheDisk() throws IOException {
    hub.with(FIXTURES.resolve("hub-clip"));
    Set<String> forced = ForcedFiles.by(() -> assertInstalled(install(), "hub-clip"));
    Path staged = downloads().resolve("models--Owner--Hub-CLIP/snapshots/" + HubServer.COMMIT);
    Path fresh = models().resolve(".importing-hub-clip/hub-clip");
    Set<Path> wanted = new TreeSet<>(Set.of(models(), fresh, staged));
    wanted.add(staged.resolve("onnx/vision_model.onnx.part"));
    names(models().resolve("hub-clip")).forEach(file -> wanted.add(fresh.resolve(file)));
    wanted.removeIf(path -> forced.contains(path.toString()));
    assertEquals(Set.of(), wanted, forced::toString);
  }
}
