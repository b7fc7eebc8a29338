package org.sightline.ingest;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.elasticsearch.ResourceNotFoundException;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.zeroshot.Classifier;
import org.sightline.runtime.zeroshot.ZeroShotClassifier;

/** Services over an inference that the test drives; models with few roles. */
record TestServices(
    Inference inference,
    long maxImageBytes,
    List<String> labels,
    Map<String, MappedModel> mapped,
    Supplier<String> version)
    implements IngestServices {
  private static final String VERSION = "0123456789abcdef0123";

  TestServices(Inference inference, long maxImageBytes) {
    this(inference, maxImageBytes, List.of(), Map.of(), () -> VERSION);
  }

  TestServices with(List<String> indexed) {
    return new TestServices(inference, maxImageBytes, indexed, mapped, version);
  }

  /**
   * @param other versions of all models, asked each time
   */
  TestServices withVersion(Supplier<String> other) {
    return new TestServices(inference, maxImageBytes, labels, mapped, other);
  }

  /**
   * @param models by {@code index/field}
   */
  TestServices withMapped(Map<String, MappedModel> models) {
    return new TestServices(inference, maxImageBytes, labels, models, version);
  }

  @Override
  public Optional<MappedModel> mappedModel(String index, String field) {
    return Optional.ofNullable(mapped.get(index + "/" + field));
  }

  @Override
  public int maxInputs() {
    return 9;
  }

  @Override
  public ModelCatalog models() {
    TreeMap<String, ModelInfo> models =
        new TreeMap<>(
            Map.of(
                "clip",
                model("clip", 1, Set.of(Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING)),
                "texts",
                model("texts", 1, Set.of(Role.TEXT_EMBEDDING)),
                "blip",
                model("blip", 1, Set.of(Role.IMAGE_TOKENS, Role.CAPTION_DECODER, Role.MATCHING)),
                "matcher",
                model("matcher", 1, Set.of(Role.IMAGE_EMBEDDING, Role.IMAGE_TOKENS, Role.MATCHING)),
                "captioner",
                model("captioner", 1, Set.of(Role.IMAGE_TOKENS, Role.CAPTION_DECODER)),
                "many",
                model("many", 32, Set.of(Role.IMAGE_EMBEDDING, Role.TEXT_EMBEDDING))));
    return new ModelCatalog() {
      @Override
      public SortedSet<String> ids() {
        return models.navigableKeySet();
      }

      @Override
      public Optional<ModelInfo> find(String id) {
        return Optional.ofNullable(models.get(id));
      }
    };
  }

  @Override
  public Classifier classifier() {
    return new ZeroShotClassifier(() -> inference, this::models, 1000);
  }

  /** The values of the only field that exists. */
  @Override
  public CompletionStage<List<String>> labels(String index, String field) {
    return (index + "/" + field).equals("products/category")
        ? CompletableFuture.completedFuture(labels)
        : CompletableFuture.failedFuture(
            new ResourceNotFoundException("no such index [{}]", index));
  }

  @Override
  public Duration ingestTimeout() {
    return Duration.ofMinutes(1);
  }

  private ModelInfo model(String id, int vectors, Set<Role> roles) {
    return new ModelInfo(id, version.get(), "test", "", "", 3, vectors, "cosine", 1, 0, roles);
  }
}
