package org.sightline.cli.reembed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;

/**
 * Copies of the pipelines of an index, in which embedding processors name another model. A pipeline
 * that calls one with such a processor is copied as well; all others stay as they are.
 */
final class Pipelines {
  private static final String PROCESSOR = "image_text_embedding";
  private static final String MODEL = "model_id";

  /** What Elasticsearch adds to a pipeline and does not accept back. */
  private static final Set<String> MANAGED =
      Set.of("created_date", "created_date_millis", "modified_date", "modified_date_millis");

  /**
   * A picture that is embedded.
   *
   * @param output where the vector goes, or the objects with the vectors
   */
  record Picture(String input, String output) {}

  private final Indices indices;
  private final Map<String, String> names = new HashMap<>();
  private final Map<String, JsonObject> copies = new LinkedHashMap<>();
  private final Set<Picture> pictures = new LinkedHashSet<>();
  private final Set<String> outputs = new TreeSet<>();
  private boolean removesPictures;
  private boolean embed;

  Pipelines(Indices indices) {
    this.indices = indices;
  }

  /**
   * Copies a pipeline where that is needed.
   *
   * @return the name of the copy, or of the pipeline itself where nothing in it changes
   */
  String replace(String pipeline, String from, String to) {
    String known = names.get(pipeline);
    if (known != null) {
      return known;
    }
    names.put(pipeline, pipeline); // one that calls itself stays so
    JsonObject config = read(pipeline);
    if (replaceIn(config, from, to)) {
      String name = pipeline + "-" + to;
      names.put(pipeline, name);
      copies.put(name, config);
    }
    return names.get(pipeline);
  }

  private boolean replaceIn(JsonElement config, String from, String to) {
    boolean changed = false;
    for (Map.Entry<String, JsonElement> member : List.copyOf(members(config))) {
      JsonElement value = member.getValue();
      if (member.getKey().equals(PROCESSOR)
          && text(value, MODEL).filter(from::equals).isPresent()) {
        note(value.getAsJsonObject());
        value.getAsJsonObject().addProperty(MODEL, to);
        changed |= from.equals(to) == false;
      }
      if (member.getKey().equals("pipeline")) {
        String called = text(value, "name").filter(name -> name.contains("{{") == false).orElse("");
        if (called.isEmpty() == false && replace(called, from, to).equals(called) == false) {
          value.getAsJsonObject().addProperty("name", replace(called, from, to));
          changed = true;
        }
      }
      changed |= replaceIn(value, from, to);
    }
    return changed;
  }

  /** Inputs inside of {@code foreach} are left out: their paths are no paths of the document. */
  private void note(JsonObject processor) {
    embed = true;
    removesPictures |= "true".equals(asText(processor.get("remove_binary")));
    if (processor.get("input_output") instanceof JsonArray fields) {
      for (JsonElement field : fields) {
        String input = text(field, "input_field").orElse("");
        String output = text(field, "output_field").orElse("");
        if (output.isEmpty() || output.startsWith("_") || input.startsWith("_")) {
          continue;
        }
        outputs.add(output);
        if (text(field, "input_type").filter("image"::equals).isPresent()) {
          pictures.add(new Picture(input, output));
        }
      }
    }
  }

  /** Pictures that the replaced processors embed. */
  Set<Picture> pictures() {
    return pictures;
  }

  /** Where the replaced processors write. */
  Set<String> outputs() {
    return outputs;
  }

  /** Whether a replaced processor takes the picture out of the document. */
  boolean removesPictures() {
    return removesPictures;
  }

  /** Whether a processor embeds with the model that is replaced. */
  boolean embed() {
    return embed;
  }

  /** Stores the copies, those that are called before those that call them. */
  void put() {
    copies.forEach(
        (name, config) -> {
          String path = "/_ingest/pipeline/" + Addresses.segment(name);
          indices
              .find(path)
              .map(answer -> clean(answer.getAsJsonObject(name)))
              .filter(there -> there.equals(config) == false)
              .ifPresent(
                  there -> {
                    throw new TransferException(
                        "the pipeline [%s] exists and is not the copy that is needed: remove it or"
                            + " give it another name",
                        name);
                  });
          indices.ask("PUT", path, config);
        });
  }

  private JsonObject read(String pipeline) {
    return indices
        .find("/_ingest/pipeline/" + Addresses.segment(pipeline))
        .map(answer -> clean(answer.getAsJsonObject(pipeline)))
        .orElseThrow(() -> new TransferException("there is no pipeline [%s]", pipeline));
  }

  private static JsonObject clean(JsonObject pipeline) {
    MANAGED.forEach(pipeline::remove);
    return pipeline;
  }

  /** The members of an object, or those of all objects of a list. */
  private static List<Map.Entry<String, JsonElement>> members(JsonElement config) {
    List<Map.Entry<String, JsonElement>> members = new ArrayList<>();
    if (config instanceof JsonObject object) {
      members.addAll(object.entrySet());
    } else if (config instanceof JsonArray list) {
      list.forEach(element -> members.addAll(members(element)));
    }
    return members;
  }

  private static Optional<String> text(JsonElement object, String name) {
    return Optional.ofNullable(
        object instanceof JsonObject fields ? asText(fields.get(name)) : null);
  }

  private static String asText(JsonElement element) {
    return element instanceof JsonPrimitive value ? value.getAsString() : null;
  }
}
