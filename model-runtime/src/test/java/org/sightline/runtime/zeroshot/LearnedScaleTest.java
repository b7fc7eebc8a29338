package org.sightline.runtime.zeroshot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;

/** A model whose learned scale nobody knows: it finds, and does not classify. */
class LearnedScaleTest {
  private JsonObject manifest;

  @BeforeEach
  void read() throws IOException {
    Path file = Path.of("src/test/fixtures/tiny-clip/model.json");
    manifest = JsonParser.parseString(Files.readString(file)).getAsJsonObject();
    manifest.remove("logit_scale");
    manifest.remove("logit_bias");
  }

  @Test
  void theManifestSaysNothingOfIt() {
    BundleManifest read = BundleManifest.parse(manifest.toString());
    assertEquals(0f, read.logitScale());
    assertEquals(read, BundleManifest.parse(read.toJson()));
    assertFalse(read.toJson().contains("logit_"));
  }

  @Test
  void aBiasAloneMeansNothing() {
    manifest.addProperty("logit_bias", -8);
    assertEquals(
        "[logit_bias] needs [logit_scale], which is missing",
        assertThrows(BundleException.class, () -> BundleManifest.parse(manifest.toString()))
            .getMessage());
  }

  /** Cosines that are taken for logits would give probabilities that mean nothing. */
  @Test
  void theModelDoesNotClassify() {
    ModelInfo model = BundleManifest.parse(manifest.toString()).info();
    InferenceException e =
        assertThrows(
            InferenceException.class,
            () -> ZeroShotClassifier.requireUsable(new OneModel(model), model.id()));
    assertEquals(InferenceException.Kind.UNSUPPORTED, e.kind());
    assertEquals(
        "classification needs the scale that the model learned, the manifest of model [tiny-clip]"
            + " has no [logit_scale]: import it again with --logit-scale and --logit-bias",
        e.getMessage());
  }

  private record OneModel(ModelInfo model) implements ModelCatalog {
    @Override
    public SortedSet<String> ids() {
      return new TreeSet<>(List.of(model.id()));
    }

    @Override
    public Optional<ModelInfo> find(String id) {
      return Optional.of(model);
    }
  }
}
