package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sightline.cli.catalog.Catalog;
import org.sightline.cli.catalog.CatalogEntry;
import org.sightline.cli.download.Source;

/** The command {@code catalog}, and the file behind it. */
class CatalogTest extends CommandTestCase {

  private static final String MINE =
      """
      {"format_version": 1, "models": [
        {"id": "mine", "task": "search", "purpose": "Ours.", "license": "MIT",
         "sources": ["hf:we/clip-vision", "hf:we/clip-text@v2"]},
        {"id": "clip-vit-b-32", "task": "search", "purpose": "Our own mirror.", "license": "MIT",
         "sources": ["hf:we/clip-vit-base-patch32"], "precision": "fp16"}]}
      """;

  private String file(String json) throws IOException {
    return Files.writeString(temporary.resolve("mine.json"), json).toString();
  }

  @Test
  void showsEveryModelWithItsLicenceAndHowToGetIt() {
    Result result = run("catalog");
    assertDone(result);
    assertContains(
        """
        siglip2-base  The best start: finds far more than a CLIP of the same size.
          Apache-2.0; 375 M parameters; 768 dimensions; 224 pixels; about 1.5 GB to fetch; several\
         languages; R@1 COCO 52.1 / 68.9 (SigLIP 2's paper)
          sightline-models install siglip2-base
        """,
        result.out());
    assertContains("; 606 MB to fetch; ", result.out());
    assertContains(
        "  apple-amlr, NOT FOR COMMERCIAL USE; 99 M parameters; 512 dimensions", result.out());
    assertContains("\n  sightline-export Salesforce/blip-itm-base-coco\n", result.out());
    assertEquals("", result.err());
  }

  @Test
  void anEntryIsShownAsItCanBeCopied() throws IOException {
    Result result = run("catalog", "mobileclip2-s2");
    JsonObject entry = JsonParser.parseString(result.out()).getAsJsonObject();
    assertEquals("onnx/s2", entry.get("subfolder").getAsString());
    String copy = file("{\"format_version\": 1, \"models\": [" + result.out() + "]}");
    assertEquals(result, run("catalog", "mobileclip2-s2", "--catalog", copy));
    assertFailedWith(
        "error: the catalogue has no [clip], it has [siglip2-base, siglip2-base-384,",
        run("catalog", "clip"));
  }

  @Test
  void aFurtherFileComesFirstAndReplaces() throws IOException {
    Result result = run("catalog", "--catalog", file(MINE));
    assertStarts("mine  Ours.\n  MIT\n  sightline-models install mine\n", result.out());
    assertContains("clip-vit-b-32  Our own mirror.\n", result.out());
    assertFalse(result.out().contains("the most used of all"), result.out());
    assertContains("\nsiglip2-base  ", result.out());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"mine\" | \"My Model\" | [models[0].id] must match [a-z0-9][a-z0-9._-]{0,99}, got [My"
            + " Model]",
        "\"search\" | \"play\" | [models[0].task] must be one of [search, rerank, caption], got"
            + " [play]",
        "\"Ours.\" | 3 | [models[0].purpose] must be a string, got [3]",
        "hf:we/clip-vision | we/clip | [models[0].sources] must begin with hf:, got"
            + " [[\"we/clip\",\"hf:we/clip-text@v2\"]]",
        "\"license\" | \"licence\" | [models[0].license] is missing",
        "\"purpose\" | \"export\": \"x\", \"purpose\" | [models[0].sources] must stand there, or else"
            + " [export], got [[\"hf:we/clip-vision\",\"hf:we/clip-text@v2\"]]",
        "\"fp16\" | \"fp16\", \"colour\": 1 | [models[1]] has an unknown field [colour], expected"
            + " only [dimensions, download_mb, export, id, image_size, languages, license,"
            + " logit_bias, logit_scale, non_commercial, note, parameters_millions, precision,"
            + " purpose, retrieval, sources, subfolder, task, text]",
        "\"clip-vit-b-32\" | \"mine\" | [models[1].id] must stand once in a file, got [mine]",
        "\"format_version\": 1 | \"format_version\": 2 | [format_version] must be an integer in [1,"
            + " 1], got [2]",
      })
  void whatIsWrongInAFileIsNamed(String part, String wrong, String message) throws IOException {
    Result result = run("catalog", "--catalog", file(MINE.replaceFirst(part, wrong)));
    assertEquals(
        new Result(SightlineModels.FAILED, "", "error: [mine.json] " + message + "\n"), result);
  }

  @Test
  void aFileThatIsNotThereIsNamed() {
    assertFailedWith(
        "error: the catalogue [nowhere.json] cannot be read: ",
        run("catalog", "--catalog", "nowhere.json"));
  }

  /** What the page about models says of them stands in the catalogue. */
  @Test
  void theDocumentationNamesEveryModelAndItsFigures() throws IOException {
    String page = Files.readString(Path.of("../docs/choosing-a-model.md"));
    for (CatalogEntry entry : Catalog.read(null).entries()) {
      assertTrue(page.contains("`" + entry.id() + "`"), entry.id());
      for (CatalogEntry.Retrieval found : entry.retrieval()) {
        assertTrue(
            page.contains(found.textToImage() + " / " + found.imageToText()),
            entry.id() + " " + found);
      }
    }
  }

  @Test
  void everySourceIsARepositoryAndLicencesThatRestrictAreMarked() {
    for (CatalogEntry entry : Catalog.read(null).entries()) {
      Source.parse(entry.sources().isEmpty() ? List.of("hf:a/b") : entry.sources());
      assertEquals(entry.id(), entry.options().id());
      assertEquals(entry.license().equals("apple-amlr"), entry.nonCommercial(), entry.id());
    }
  }
}
