package org.sightline.ingest;

import java.util.List;
import java.util.Optional;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.inference.ModelInfo;

/**
 * The model whose vectors a field of an index holds, as the field's mapping says. A vector means
 * something only among those of one version of one model.
 *
 * @param modelId never null
 * @param version as {@link ModelInfo#isVersion} takes it, or null where the mapping names none
 */
public record MappedModel(String modelId, String version) {

  /**
   * Refuses to write vectors of one model among those of another, or of another version.
   *
   * @param index name that the document goes to
   * @param output field that the processor writes; its vectors may stand in objects below it
   * @param model whose vectors are written
   * @throws IllegalArgumentException naming both, the field and the index
   */
  static void require(IngestServices services, String index, String output, String model) {
    for (String field : List.of(output, output + "." + DocumentVectors.VECTOR)) {
      Optional<MappedModel> mapped = services.mappedModel(index, field);
      if (mapped.isPresent()) {
        String place = "[" + field + "] of index [" + index + "]";
        mapped.get().require(place, model, services.models());
        return;
      }
    }
  }

  private void require(String place, String model, ModelCatalog models) {
    if (modelId.equals(model) == false) {
      throw new IllegalArgumentException(
          place
              + " has vectors of model ["
              + modelId
              + "], the pipeline makes those of model ["
              + model
              + "]: name ["
              + modelId
              + "] as [model_id], or another [output_field]");
    }
    ModelInfo known = version == null ? null : models.require(model);
    if (known != null && known.isVersion(version) == false) {
      throw new IllegalArgumentException(
          place
              + " has vectors of version ["
              + version
              + "] of model ["
              + modelId
              + "], whose version is ["
              + known.shortVersion()
              + "]: embed the index again with that version, or put version ["
              + version
              + "] back");
    }
  }
}
