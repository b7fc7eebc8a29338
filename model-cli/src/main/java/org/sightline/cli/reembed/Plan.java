package org.sightline.cli.reembed;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.inference.ModelInfo;

/** What the new index is like: the old one with another model in its mapping and pipelines. */
final class Plan {
  /** Key in the mapping's {@code _meta} under which the new index says what it is made of. */
  static final String STATE = "sightline_reembed";

  private static final Pattern NUMBERED = Pattern.compile("(.*-)(\\d{6})");
  private static final String MODEL_KEY = "sightline.model_id";
  private static final String VERSION_KEY = "sightline.version";
  private static final List<String> PIPELINES =
      List.of("index.default_pipeline", "index.final_pipeline");

  /** Settings that belong to one index, or that only Elasticsearch sets. */
  private static final String PRIVATE =
      "index\\.(uuid|creation_date|provided_name|history|version|resize|shrink|split|downsample"
          + "|rollup|blocks|verified_before_close|dimensions$|routing\\.allocation"
          + "\\.initial_recovery).*";

  private final Indices indices;
  private final Options options;
  private final String source;
  private final JsonObject old;
  private final JsonObject mapping;
  private final JsonObject settings = new JsonObject();
  private final Pipelines pipelines;
  private final Set<String> vectors = new TreeSet<>();
  private String pipeline;

  private Plan(Indices indices, Options options, String source, JsonObject old) {
    this.indices = indices;
    this.options = options;
    this.source = source;
    this.old = old;
    this.mapping = old.getAsJsonObject("mappings").deepCopy();
    this.pipelines = new Pipelines(indices);
  }

  /**
   * Reads the index, its pipelines and the model; changes nothing.
   *
   * @return empty where no field of the index names another model, or another version of this one
   * @throws TransferException when the index cannot be rebuilt so
   */
  static Optional<Plan> of(Indices indices, Options options) {
    JsonObject found =
        indices
            .find(Indices.path(options.index()) + "?flat_settings=true")
            .orElseThrow(() -> new TransferException("there is no index [%s]", options.index()));
    if (found.size() != 1) {
      throw new TransferException(
          "[%s] is not one index but %s: name one of them", options.index(), found.keySet());
    }
    String source = found.keySet().iterator().next();
    JsonObject old = found.getAsJsonObject(source);
    if (old.has("data_stream")) {
      throw new TransferException("[%s] belongs to a data stream, which is append-only", source);
    }
    Plan plan = new Plan(indices, options, source, old);
    return plan.derive(model(indices, options.model()).orElseThrow(() -> unknown(options.model())))
        ? Optional.of(plan)
        : Optional.empty();
  }

  private static TransferException unknown(String model) {
    return new TransferException(
        "there is no model [%s]: push it first (sightline-models push)", model);
  }

  private static Optional<ModelInfo> model(Indices indices, String id) {
    return indices
        .find("/_sightline/models/" + Addresses.segment(id))
        .filter(model -> model.has("version") && model.has("dimensions"))
        .map(
            model ->
                new ModelInfo(
                    id,
                    Indices.text(model, "version"),
                    null,
                    null,
                    null,
                    model.get("dimensions").getAsInt(),
                    model.get("vectors_per_image").getAsInt(),
                    null,
                    1,
                    0,
                    Set.of()));
  }

  private boolean derive(ModelInfo model) {
    Set<String> named = new TreeSet<>();
    Set<String> stale = new TreeSet<>();
    visit(
        "",
        mapping,
        (path, field) -> {
          Optional.ofNullable(Indices.text(meta(field), MODEL_KEY)).ifPresent(named::add);
          stale(field, model).ifPresent(stale::add);
        });
    if (named.isEmpty() || options.from() != null && named.contains(options.from()) == false) {
      throw new TransferException(
          "vector fields of [%s] name the models %s in [meta][%s]: say there first which model the"
              + " vectors belong to (PUT %s/_mapping)",
          source, named, MODEL_KEY, source);
    }
    if (options.from() != null) {
      stale.retainAll(Set.of(options.from()));
    }
    if (stale.isEmpty()) {
      return false;
    }
    if (stale.size() > 1) {
      throw new TransferException(
          "[%s] has vectors of the models %s: say with --from which of them is replaced",
          source, stale);
    }
    String from = stale.iterator().next();
    JsonObject before = old.getAsJsonObject("settings");
    before.entrySet().stream()
        .filter(setting -> setting.getKey().matches(PRIVATE) == false)
        .forEach(setting -> settings.add(setting.getKey(), setting.getValue()));
    for (String key : PIPELINES) {
      String pipeline = Indices.text(before, key);
      if (pipeline != null && pipeline.equals("_none") == false) {
        settings.addProperty(key, pipelines.replace(pipeline, from, model.id()));
      }
    }
    if (options.pipeline() != null) {
      pipeline = pipelines.replace(options.pipeline(), from, model.id());
    }
    if (pipelines.embed() == false) {
      throw new TransferException(
          "no pipeline of [%s] embeds with [%s]: name the one that does with --pipeline",
          source, from);
    }
    visit("", mapping, (path, field) -> adapt(path, field, from, model));
    requireSameShape(from, model);
    state(model);
    return true;
  }

  /** The model that a vector field names, unless it is this version of this one. */
  private static Optional<String> stale(JsonObject field, ModelInfo model) {
    String version = Indices.text(meta(field), VERSION_KEY);
    return Optional.ofNullable(Indices.text(meta(field), MODEL_KEY))
        .filter(
            id -> id.equals(model.id()) == false || version != null && !model.isVersion(version));
  }

  private void adapt(String path, JsonObject field, String from, ModelInfo model) {
    JsonObject meta = meta(field);
    String named = Indices.text(meta, MODEL_KEY);
    if (from.equals(named) || named == null && pipelines.outputs().contains(path)) {
      meta.addProperty(MODEL_KEY, model.id());
      meta.addProperty(VERSION_KEY, model.shortVersion());
      field.add("meta", meta);
      field.addProperty("dims", model.dimensions());
      vectors.add(path);
    }
  }

  private void requireSameShape(String from, ModelInfo model) {
    int before =
        model(indices, from).map(ModelInfo::vectorsPerImage).orElse(model.vectorsPerImage());
    if (pipelines.pictures().isEmpty() == false && before != model.vectorsPerImage()) {
      throw new TransferException(
          "[%s] has %s vectors an image and [%s] has %s: the fields of [%s] do not fit, make a new"
              + " index as GET _sightline/models/%s suggests",
          from, before, model.id(), model.vectorsPerImage(), source, model.id());
    }
  }

  private void state(ModelInfo model) {
    JsonObject meta = mapping.has("_meta") ? mapping.getAsJsonObject("_meta") : new JsonObject();
    JsonObject state = new JsonObject();
    state.addProperty("source", source);
    state.addProperty("source_uuid", Indices.text(old.getAsJsonObject("settings"), "index.uuid"));
    state.addProperty("model_id", model.id());
    state.addProperty("model_version", model.version());
    meta.add(STATE, state);
    mapping.add("_meta", meta);
  }

  /** Fails when another version of the model has come into service since. */
  void requireSameModel() {
    String planned = Indices.text(state(), "model_version");
    ModelInfo now = model(indices, options.model()).orElseThrow(() -> unknown(options.model()));
    if (now.version().equals(planned) == false) {
      throw new TransferException(
          "another version of the model [%s] came into service meanwhile: delete the index [%s] and"
              + " begin again",
          options.model(), target());
    }
  }

  private interface Visitor {
    void visit(String path, JsonObject field);
  }

  private static void visit(String path, JsonObject definition, Visitor visitor) {
    if ("dense_vector".equals(Indices.text(definition, "type"))) {
      visitor.visit(path, definition);
    }
    for (String children : List.of("properties", "fields")) {
      if (definition.get(children) instanceof JsonObject named) {
        for (Map.Entry<String, JsonElement> child : named.entrySet()) {
          String name = path.isEmpty() ? child.getKey() : path + "." + child.getKey();
          visit(name, child.getValue().getAsJsonObject(), visitor);
        }
      }
    }
  }

  private static JsonObject meta(JsonObject field) {
    return field.get("meta") instanceof JsonObject meta ? meta : new JsonObject();
  }

  String source() {
    return source;
  }

  /** What the source's answer says of an alias; null where it has none of that name. */
  JsonObject alias(String name) {
    return old.getAsJsonObject("aliases").getAsJsonObject(name);
  }

  boolean isBlocked() {
    return "true".equals(Indices.text(old.getAsJsonObject("settings"), "index.blocks.write"));
  }

  int shards() {
    return Integer.parseInt(
        Indices.text(old.getAsJsonObject("settings"), "index.number_of_shards"));
  }

  /** The name that the user gave, or the old one with the next number. */
  String target() {
    if (options.target() != null) {
      return options.target();
    }
    Matcher numbered = NUMBERED.matcher(source);
    return numbered.matches()
        ? String.format(
            Locale.ROOT, "%s%06d", numbered.group(1), Integer.parseInt(numbered.group(2)) + 1)
        : source + "-000002";
  }

  Pipelines pipelines() {
    return pipelines;
  }

  /** The pipeline that requests must name; null where the index names all. */
  String pipeline() {
    return pipeline;
  }

  /** What the new index need not be given: it is computed again. */
  Set<String> derived() {
    Set<String> derived = new TreeSet<>(vectors);
    derived.addAll(pipelines.outputs());
    return derived;
  }

  /** The query for documents that have a vector of a picture. */
  JsonObject hasVector(Pipelines.Picture picture) {
    String vector =
        vectors.stream()
            .filter(path -> path.startsWith(picture.output() + "."))
            .findFirst()
            .orElse(picture.output());
    return vector.equals(picture.output())
        ? Indices.json("{'exists':{'field':'%s','_name':'%s'}}", vector, vector)
        : Indices.json(
            "{'nested':{'path':'%1$s','query':{'exists':{'field':'%2$s'}},'_name':'%1$s'}}",
            picture.output(), vector);
  }

  /** What the new index is made of, as its mapping says. */
  JsonObject state() {
    return mapping.getAsJsonObject("_meta").getAsJsonObject(STATE);
  }

  /** The body of the request that creates the new index. */
  JsonObject body() {
    JsonObject body = new JsonObject();
    body.add("settings", settings);
    body.add("mappings", mapping);
    return body;
  }
}
