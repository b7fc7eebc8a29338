package org.sightline.cli.index;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.sightline.cli.catalog.Catalog;
import org.sightline.cli.catalog.CatalogEntry;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/** The models of a cluster, and which of them takes pictures when the user names none. */
final class ModelChoice {
  /** The bundled models, which know emoji and nothing else; the first of them is preferred. */
  static final List<String> EMOJI = List.of("emoji-clip", "emoji-blip");

  private static final String IMAGES = "image_embedding";
  private static final String TEXTS = "text_embedding";
  private static final String MATCHING = "matching";

  private final Indices indices;
  private final Catalog catalog = Catalog.read(null);

  ModelChoice(Indices indices) {
    this.indices = indices;
  }

  /**
   * The best model: of those that embed pictures and texts and work on a node, the one with the
   * most dimensions, then the one that finds most by the catalogue, then the first by its id; a
   * bundled one only where there is no other.
   *
   * @return its id
   * @throws TransferException when there is none
   */
  String best() {
    return models().stream()
        .filter(model -> has(model, IMAGES) && has(model, TEXTS) && works(model))
        .min(
            Comparator.comparing((JsonObject model) -> EMOJI.indexOf(id(model)))
                .thenComparing(model -> -model.get("dimensions").getAsInt())
                .thenComparing(model -> -found(id(model)))
                .thenComparing(ModelChoice::id))
        .map(ModelChoice::id)
        .orElseThrow(
            () ->
                new TransferException(
                    "no model of the cluster embeds pictures and texts: push one"
                        + " (sightline-models push); it has %s",
                    models().stream().map(ModelChoice::id).toList()));
  }

  /**
   * A model that embeds pictures, with the mapping, the pipeline and the search that the cluster
   * suggests for it.
   *
   * @throws TransferException when there is no such model, or it embeds no pictures
   */
  JsonObject embedding(String id) {
    return with(id, IMAGES, "embed pictures");
  }

  /**
   * A model that reranks.
   *
   * @throws TransferException when there is no such model, or it does not match
   */
  JsonObject matching(String id) {
    return with(id, MATCHING, "rerank");
  }

  private JsonObject with(String id, String role, String deed) {
    JsonObject model =
        indices
            .find("/_sightline/models/" + Addresses.segment(id))
            .orElseThrow(
                () ->
                    new TransferException(
                        "there is no model [%s] in the cluster, it has %s: push it first"
                            + " (sightline-models push)",
                        id, models().stream().map(ModelChoice::id).toList()));
    if (has(model, role) == false) {
      throw new TransferException(
          "the model [%s] cannot %s: it has the roles %s, not [%s]",
          id, deed, model.get("roles"), role);
    }
    return model;
  }

  /** Percent of COCO's captions whose picture comes first, as the catalogue has it; or 0. */
  private double found(String id) {
    return catalog.find(id).stream()
        .flatMap(entry -> entry.retrieval().stream())
        .filter(figure -> figure.dataset().equals("COCO"))
        .mapToDouble(CatalogEntry.Retrieval::textToImage)
        .findFirst()
        .orElse(0);
  }

  private List<JsonObject> models() {
    List<JsonObject> models = new ArrayList<>();
    for (JsonElement model :
        indices.ask("GET", "/_sightline/models", null).getAsJsonArray("models")) {
      models.add(model.getAsJsonObject());
    }
    return models;
  }

  private static String id(JsonObject model) {
    return Indices.text(model, "model_id");
  }

  private static boolean has(JsonObject model, String role) {
    return model.get("roles") instanceof JsonArray roles
        && roles.asList().stream().anyMatch(each -> each.getAsString().equals(role));
  }

  private static boolean works(JsonObject model) {
    return model.getAsJsonArray("nodes").asList().stream()
        .anyMatch(node -> "failed".equals(Indices.text(node.getAsJsonObject(), "state")) == false);
  }
}
