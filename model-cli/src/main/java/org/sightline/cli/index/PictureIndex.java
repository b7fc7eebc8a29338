package org.sightline.cli.index;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/**
 * An index of pictures with its pipeline: what the cluster suggests for a model, without titles,
 * and with the fields of files. One that is there already is used where it fits.
 */
final class PictureIndex {
  private static final String PROCESSOR = "image_text_embedding";
  private static final String REMOVES = "remove_binary";
  private static final String MODEL = "model_id";
  private static final String MODEL_KEY = "sightline.model_id";
  private static final String VERSION_KEY = "sightline.version";
  private static final String DEFAULT_PIPELINE = "index.default_pipeline";
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  private final Indices indices;
  private final String name;
  private final JsonObject model;
  private final JsonObject processor;
  private final JsonObject properties;
  private final String vectors;

  /**
   * What an index for a model is like.
   *
   * @param name of the index, and of its pipeline
   * @param model as the cluster describes it, with its suggestions
   * @param withoutPictures whether the pipeline takes pictures out of their documents
   */
  PictureIndex(Indices indices, String name, JsonObject model, boolean withoutPictures) {
    this.indices = indices;
    this.name = name;
    this.model = model;
    this.processor =
        model
            .getAsJsonObject("suggested_pipeline")
            .getAsJsonArray("processors")
            .get(0)
            .getAsJsonObject()
            .getAsJsonObject(PROCESSOR)
            .deepCopy();
    this.properties =
        model.getAsJsonObject("suggested_mapping").getAsJsonObject("properties").deepCopy();
    JsonArray pictures = new JsonArray();
    for (JsonElement each : processor.getAsJsonArray("input_output")) {
      JsonObject field = each.getAsJsonObject();
      if ("image".equals(Indices.text(field, "input_type"))) {
        pictures.add(field);
      } else {
        // names of files say too little to be embedded
        properties.remove(Indices.text(field, "input_field"));
        properties.remove(Indices.text(field, "output_field"));
      }
    }
    processor.add("input_output", pictures);
    vectors = Indices.text(pictures.get(0).getAsJsonObject(), "output_field");
    if (withoutPictures) {
      processor.addProperty(REMOVES, true);
      processor.addProperty("ignore_missing", true); // for updates: the picture is not there
    }
    PictureFields.mapping()
        .entrySet()
        .forEach(field -> properties.add(field.getKey(), field.getValue()));
  }

  /** The index of that name; empty where there is none. */
  static Optional<JsonObject> find(Indices indices, String name) {
    Optional<JsonObject> found = indices.find(Indices.path(name) + "?flat_settings=true");
    if (found.isPresent() && found.get().size() != 1) {
      throw new TransferException(
          "[%s] is not one index but %s: name one of them", name, found.get().keySet());
    }
    return found.map(answer -> answer.asMap().values().iterator().next().getAsJsonObject());
  }

  /** The model that the vectors of an index are of, as its mapping names it. */
  static Optional<String> modelOf(JsonObject index) {
    return properties(index).asMap().values().stream()
        .map(field -> Indices.text(meta(vector(field.getAsJsonObject())), MODEL_KEY))
        .filter(id -> id != null)
        .findFirst();
  }

  /** Makes pipeline and index; says what it makes. */
  void create(PrintStream out) {
    JsonObject pipeline = pipeline();
    String path = pipelinePath(name);
    Optional<JsonElement> there =
        indices.find(path).map(found -> found.getAsJsonObject(name).get("processors"));
    if (there.isPresent() && there.get().equals(pipeline.get("processors")) == false) {
      throw new TransferException(
          "there is no index [%s], but a pipeline [%s] that differs from the one that belongs to it:"
              + " remove it, or name another --index; it has %s, expected is %s",
          name, name, there.get(), pipeline.get("processors"));
    }
    JsonObject body = new JsonObject();
    JsonObject settings = new JsonObject();
    settings.addProperty(DEFAULT_PIPELINE, name);
    body.add("settings", settings);
    JsonObject mappings = new JsonObject();
    mappings.add("properties", properties);
    body.add("mappings", mappings);
    out.println("PUT " + path.substring(1) + "\n" + PRETTY.toJson(pipeline) + "\n");
    out.println("PUT " + Indices.path(name).substring(1) + "\n" + PRETTY.toJson(body) + "\n");
    indices.ask("PUT", path, pipeline);
    indices.ask("PUT", Indices.path(name), body);
  }

  private JsonObject pipeline() {
    JsonObject named = new JsonObject();
    named.add(PROCESSOR, processor);
    JsonArray processors = new JsonArray();
    processors.add(named);
    JsonObject pipeline = new JsonObject();
    pipeline.add("processors", processors);
    return pipeline;
  }

  private static String pipelinePath(String name) {
    return "/_ingest/pipeline/" + Addresses.segment(name);
  }

  /**
   * An index that is there can take the pictures.
   *
   * @throws TransferException when it cannot, with the reason
   */
  void requireFits(JsonObject index) {
    JsonObject fields = properties(index);
    requireModel(fields);
    for (Map.Entry<String, JsonElement> field : properties.entrySet()) {
      String expected = Indices.text(field.getValue().getAsJsonObject(), "type");
      String type =
          fields.get(field.getKey()) instanceof JsonObject there
              ? Indices.text(there, "type")
              : null;
      if (expected.equals(type) == false) {
        throw new TransferException(
            "[%s] is not an index for a folder of pictures: its field [%s] must be of type [%s], got"
                + " [%s]; name another --index",
            name, field.getKey(), expected, type == null ? "none" : type);
      }
    }
    requirePipeline(Indices.text(index.getAsJsonObject("settings"), DEFAULT_PIPELINE));
  }

  private void requireModel(JsonObject fields) {
    String id = Indices.text(model, MODEL);
    JsonObject there =
        fields.get(vectors) instanceof JsonObject field ? meta(vector(field)) : new JsonObject();
    JsonObject expected = meta(vector(properties.getAsJsonObject(vectors)));
    String named = Indices.text(there, MODEL_KEY);
    if (named != null && named.equals(id) == false) {
      throw new TransferException(
          "the vectors of [%1$s] are of the model [%2$s], not of [%3$s]: name --model %2$s or another"
              + " --index, or move the index to the new model: sightline-models reembed --index %1$s"
              + " --model %3$s",
          name, named, id);
    }
    String version = Indices.text(there, VERSION_KEY);
    if (version != null && version.equals(Indices.text(expected, VERSION_KEY)) == false) {
      throw new TransferException(
          "the vectors of [%1$s] are of another version of the model [%2$s]: name another --index, or"
              + " move the index to this version: sightline-models reembed --index %1$s --model %2$s",
          name, id);
    }
  }

  private void requirePipeline(String pipeline) {
    if (pipeline == null) {
      throw new TransferException(
          "[%s] names no pipeline in [%s]: name another --index", name, DEFAULT_PIPELINE);
    }
    JsonObject embeds =
        indices
            .find(pipelinePath(pipeline))
            .flatMap(found -> embedding(found.getAsJsonObject(pipeline)))
            .orElseThrow(
                () ->
                    new TransferException(
                        "the pipeline [%s] of [%s] does not exist, or has no processor [%s] at its"
                            + " top that writes [%s]: name another --index",
                        pipeline, name, PROCESSOR, vectors));
    if (model.get(MODEL).equals(embeds.get(MODEL)) == false) {
      throw new TransferException(
          "the pipeline [%s] of [%s] embeds with the model %s, not with %s: name another --index",
          pipeline, name, embeds.get(MODEL), model.get(MODEL));
    }
    if (removes(embeds) != removes(processor)) {
      throw new TransferException(
          removes(embeds)
              ? "the pipeline [%s] of [%s] removes pictures ([%s]): add --without-pictures, or name"
                  + " another --index"
              : "the pipeline [%s] of [%s] keeps pictures, it lacks [%s]: leave --without-pictures"
                  + " out, or name another --index",
          pipeline,
          name,
          REMOVES);
    }
  }

  /** The processor that makes the vectors. */
  private Optional<JsonObject> embedding(JsonObject pipeline) {
    return pipeline.getAsJsonArray("processors").asList().stream()
        .map(each -> each.getAsJsonObject().get(PROCESSOR))
        .filter(JsonObject.class::isInstance)
        .map(JsonElement::getAsJsonObject)
        .filter(each -> outputs(each.get("input_output")))
        .findFirst();
  }

  /** One field or a list of them. */
  private boolean outputs(JsonElement fields) {
    return fields instanceof JsonArray list
        ? list.asList().stream().anyMatch(this::outputs)
        : fields instanceof JsonObject field && vectors.equals(Indices.text(field, "output_field"));
  }

  private static boolean removes(JsonObject processor) {
    return processor.get(REMOVES) instanceof JsonPrimitive value && value.getAsBoolean();
  }

  private static JsonObject properties(JsonObject index) {
    return index.getAsJsonObject("mappings").get("properties") instanceof JsonObject fields
        ? fields
        : new JsonObject();
  }

  /** The field with the vector itself: several vectors stand in nested objects. */
  private static JsonObject vector(JsonObject field) {
    return field.get("properties") instanceof JsonObject inner
            && inner.get("vector") instanceof JsonObject vector
        ? vector
        : field;
  }

  private static JsonObject meta(JsonObject field) {
    return field.get("meta") instanceof JsonObject meta ? meta : new JsonObject();
  }

  /**
   * A search to begin with.
   *
   * @param words that it looks for
   * @param rerank id of the model that reads the hits again; null for none
   */
  String search(String words, String rerank) {
    JsonObject search = model.getAsJsonObject("suggested_search").deepCopy();
    search.getAsJsonObject("query").getAsJsonObject("image_text").addProperty("input", words);
    if (rerank != null) {
      JsonObject standard = new JsonObject();
      standard.add("query", search.remove("query"));
      JsonObject first = new JsonObject();
      first.add("standard", standard);
      JsonObject match = new JsonObject();
      match.add("retriever", first);
      match.addProperty(MODEL, rerank);
      match.addProperty("input", words);
      match.addProperty("field", "photo");
      match.addProperty("rank_window_size", 50);
      match.addProperty("allow_rerank_failures", true);
      JsonObject retriever = new JsonObject();
      retriever.add("image_text_match", match);
      search.add("retriever", retriever);
    }
    return "POST " + Indices.path(name).substring(1) + "/_search\n" + PRETTY.toJson(search);
  }
}
