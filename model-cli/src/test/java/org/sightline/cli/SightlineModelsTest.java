package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sightline.testsupport.cluster.Folders;

/** The command as a user types it: what it prints where, and its exit code. */
class SightlineModelsTest extends CommandTestCase {
  private static final String HINT = " (sightline-models --help shows all)\n";

  @Test
  void importsListsAndVerifies() throws IOException {
    Folders.copy(FIXTURES.resolve("tiny-blip"), bundled().resolve("tiny-blip"));
    Result imported =
        run("import", FIXTURES.resolve("hub-clip").toString(), "--id=mine", "--license", "MIT");
    assertEquals("", imported.err());
    assertDone(imported);
    String line =
        "mine  clip, 16 dimensions, 0.2 MB, image_embedding text_embedding, licence MIT\n";
    assertEquals(
        line
            + "imported to TMP/config/models/mine\nNodes read their models when they start: restart this one to use it.\n",
        imported.out());

    Files.createDirectories(models().resolve("broken"));
    Files.writeString(models().resolve("broken/model.json"), "{\"format_version\": 99}");
    assertEquals(
        new Result(
            SightlineModels.OK,
            "broken  broken: [format_version] must be an integer in [1, 1], got [99]\n"
                + line
                + "tiny-blip  blip, 16 dimensions, 0.4 MB, image_embedding text_embedding"
                + " image_tokens matching, licence Apache-2.0\n",
            ""),
        run("list"));

    String verified =
        "verified: the files are those of the manifest, the model was opened and ran\n";
    assertEquals(new Result(SightlineModels.OK, line + verified, ""), run("verify", "mine"));
    assertEquals(
        new Result(SightlineModels.OK, line + verified, ""),
        run("verify", models().resolve("mine").toString()));
    Result matcher = run("verify", "tiny-blip");
    assertEnds(verified, matcher.out());
  }

  @Test
  void takesScaleBiasAndAFolderOfModels() {
    Path other = temporary.resolve("other");
    String siglip = FIXTURES.resolve("hub-siglip").toString();
    Result imported =
        run(
            "import",
            siglip,
            "--logit-scale",
            "117.5",
            "--logit-bias",
            "-12.75",
            "--precision",
            "fp32",
            "--models",
            other.toString());
    assertEquals("", imported.err());
    assertDone(imported);
    String manifest = read(other.resolve("hub-siglip/model.json"));
    assertTrue(manifest.contains("\"logit_scale\": 117.5,"), manifest);
    assertTrue(manifest.contains("\"logit_bias\": -12.75,"), manifest);
    assertEquals(new Result(SightlineModels.OK, "", ""), run("list"));
    assertTrue(run("list", "--models", other.toString()).out().startsWith("hub-siglip  siglip"));
  }

  /** A bundle of SigLIP 2 without its cleaning, as an older release made it. */
  @Test
  void listNamesBundlesThatShouldBeImportedAgain() {
    assertDone(run("import", FIXTURES.resolve("hub-siglip").toString(), "--id=siglip2-old"));
    assertDone(run("import", FIXTURES.resolve("hub-siglip2").toString(), "--id=siglip2-today"));
    List<String> lines = run("list").out().lines().toList();
    assertEquals(3, lines.size(), lines.toString());
    assertTrue(lines.get(0).startsWith("siglip2-old  siglip,"), lines.toString());
    assertEquals(
        "  it embeds capitals wrongly, because SigLIP 2 wants lower case: import it again",
        lines.get(1));
    assertTrue(lines.get(2).startsWith("siglip2-today  siglip"), lines.toString());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void refusalsGoToTheErrorOutput() throws IOException {
    String siglip = FIXTURES.resolve("hub-siglip").toString();
    assertEquals(
        new Result(
            SightlineModels.FAILED,
            "",
            "error: --logit-scale of a SigLIP needs --logit-bias, the checkpoint's [logit_bias]\n"),
        run("import", siglip, "--logit-scale", "20"));
    Folders.copy(FIXTURES.resolve("tiny-clip"), bundled().resolve("hub-clip"));
    assertEquals(
        new Result(
            SightlineModels.FAILED,
            "",
            "error: the model [hub-clip] exists already in [TMP/plugin-models]: give another --id\n"),
        run("import", FIXTURES.resolve("hub-clip").toString()));
  }

  @Test
  void verifyFindsAFileThatChanged() throws IOException {
    Folders.copy(FIXTURES.resolve("tiny-clip"), models().resolve("tiny-clip"));
    Path graph = models().resolve("tiny-clip/text.onnx");
    byte[] bytes = Files.readAllBytes(graph);
    bytes[bytes.length / 2] ^= 1;
    Files.write(graph, bytes);
    Result result = run("verify", "tiny-clip");
    assertEquals(SightlineModels.FAILED, result.code());
    assertStarts("error: the file [text.onnx] has the SHA-256 [", result.err());
    assertEquals("", result.out());
  }

  @Test
  void verifyNamesTheModelsThatExist() throws IOException {
    Folders.copy(FIXTURES.resolve("tiny-clip"), models().resolve("tiny-clip"));
    assertEquals(
        new Result(
            SightlineModels.FAILED,
            "",
            "error: [nowhere] is neither a folder nor one of the models [tiny-clip]\n"),
        run("verify", "nowhere"));
    Folders.copy(FIXTURES.resolve("tiny-clip"), bundled().resolve("tiny-clip"));
    assertEquals(
        new Result(
            SightlineModels.FAILED,
            "",
            "error: two folders hold a bundle [tiny-clip]: [TMP/plugin-models/tiny-clip,"
                + " TMP/config/models/tiny-clip]\n"),
        run("verify", "tiny-clip"));
  }

  @Test
  void helpGoesToTheOutput() {
    assertEquals(new Result(SightlineModels.OK, SightlineModels.help(), ""), run("--help"));
    assertEquals(new Result(SightlineModels.OK, SightlineModels.help(), ""), run("import", "-h"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | a command is missing, expected one of [catalog, list, verify, import, install, push, reembed,"
            + " index]",
        "export x | unknown command [export], expected one of [catalog, list, verify, import, install, push,"
            + " reembed, index]",
        "index --index a | expected one folder, got []",
        "index a | option [--index] is missing",
        "index a --index b --shrink 7 | option [--shrink] must be an integer of at least 32, got"
            + " [7]",
        "reembed x --index a --model b | [reembed] takes no values, got [x]",
        "reembed --index a | option [--model] is missing",
        "reembed --index a --model b --docs-per-second 0 | option [--docs-per-second] must be an"
            + " integer of at least 1, got [0]",
        "list x | [list] takes no values, got [x]",
        "list --id x | unknown option [--id], expected only [--models]",
        "verify | expected one model id or folder, got []",
        "verify a b | expected one model id or folder, got [a, b]",
        "push | expected one model id or folder, got []",
        "push x --id y | unknown option [--id], expected only [--ca, --insecure,"
            + " --models, --password-file, --replace, --untried, --url, --user, --wait]",
        "push MODEL --wait soon | option [--wait] must be an integer of at least 0, got [soon]",
        "push MODEL --wait -1 | option [--wait] must be an integer of at least 0, got [-1]",
        "push MODEL --password-file x | option [--password-file] needs [--user]",
        "import | expected one folder or two, got []",
        "import x --id | option [--id] needs a value",
        "import x --id --license MIT | option [--id] needs a value",
        "import x --id= | option [--id] needs a value",
        "import x --id a --id b | option [--id] stands twice",
        "import x --logit-scale ten | option [--logit-scale] must be a number, got [ten]",
        "import x --logit-scale NaN | option [--logit-scale] must be finite, got [NaN]",
        "import x --logit-scale -1 | option [--logit-scale] must be above 0, got [-1.0]",
      })
  void aWrongCommandLineIsExplained(String line, String reason) {
    line = line.replace("MODEL", FIXTURES.resolve("tiny-clip").toString());
    String[] words = line.isEmpty() ? new String[0] : line.split(" ");
    assertEquals(new Result(SightlineModels.USAGE, "", "error: " + reason + HINT), run(words));
  }
}
