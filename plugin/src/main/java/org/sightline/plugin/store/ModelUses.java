package org.sightline.plugin.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.elasticsearch.cluster.ClusterState;
import org.elasticsearch.cluster.metadata.IndexMetadata;
import org.elasticsearch.cluster.metadata.Template;
import org.elasticsearch.common.compress.CompressedXContent;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.ingest.IngestMetadata;
import org.elasticsearch.xcontent.XContentType;
import org.sightline.ingest.ImageCaptionProcessor;
import org.sightline.ingest.ImageClassificationProcessor;
import org.sightline.ingest.ImageTextEmbeddingProcessor;
import org.sightline.plugin.compat.Project;
import org.sightline.query.mapping.FieldMappings;
import org.sightline.runtime.inference.ModelInfo;

/**
 * Who names which model: vector fields of indices and of index templates in their {@code meta}, and
 * processors of pipelines wherever they stand. Read from the cluster state, once for each version
 * of its metadata, and each mapping once. Thread-safe.
 */
public final class ModelUses {
  private static final Set<String> PROCESSORS =
      Set.of(
          ImageTextEmbeddingProcessor.TYPE,
          ImageClassificationProcessor.TYPE,
          ImageCaptionProcessor.TYPE);
  private static final List<String> OPTIONS = List.of("model_id", "match_model_id");

  /**
   * A field that names its model.
   *
   * @param owner the index, or the template
   * @param field full path
   * @param version as the mapping names it, or null
   */
  public record Field(String owner, String field, String modelId, String version) {

    /** Whether a model of that id is the version that the mapping names. */
    boolean fits(ModelInfo model) {
      return version == null || model.isVersion(version);
    }
  }

  /** Who names one model. */
  record Users(
      SortedSet<String> indices, SortedSet<String> pipelines, SortedSet<String> templates) {
    /** Names of one kind that a message has room for. */
    private static final int SHOWN = 10;

    boolean isEmpty() {
      return indices.isEmpty() && pipelines.isEmpty() && templates.isEmpty();
    }

    /** For messages: {@code indices [a, b] and pipelines [c]}. */
    @Override
    public String toString() {
      return Stream.of(
              shown("indices", indices),
              shown("pipelines", pipelines),
              shown("index templates", templates))
          .filter(names -> names.isEmpty() == false)
          .collect(Collectors.joining(" and "));
    }

    private static String shown(String kind, SortedSet<String> names) {
      if (names.isEmpty()) {
        return "";
      }
      int more = names.size() - SHOWN;
      return kind
          + names.stream().limit(SHOWN).collect(Collectors.joining(", ", " [", "]"))
          + (more > 0 ? " and " + more + " more" : "");
    }
  }

  /**
   * What one version of the metadata says.
   *
   * @param parsed what each mapping names, by the mapping's digest; owners are empty
   * @param pipelines ids of models by pipeline
   */
  private record Read(
      long version,
      Map<String, List<Field>> parsed,
      List<Field> indices,
      List<Field> templates,
      SortedMap<String, Set<String>> pipelines) {}

  private final Supplier<ClusterState> state;
  private volatile Read last = new Read(-1, Map.of(), List.of(), List.of(), new TreeMap<>());

  /**
   * @param state the current cluster state
   */
  public ModelUses(Supplier<ClusterState> state) {
    this.state = state;
  }

  /** Fields of indices that name their model, in the order of the indices' names. */
  public List<Field> fields() {
    return read().indices();
  }

  /** Ids of the models that indices or pipelines name, whether there are such models or not. */
  SortedSet<String> models() {
    Read read = read();
    SortedSet<String> ids = new TreeSet<>();
    read.indices().forEach(field -> ids.add(field.modelId()));
    read.pipelines().values().forEach(ids::addAll);
    return ids;
  }

  /** All who name a model. */
  Users of(String modelId) {
    return users(modelId, field -> true, true);
  }

  /**
   * Those for which the vectors of a model change when a version comes into service.
   *
   * @param instead whether it does in the place of another version
   */
  Users touchedBy(ModelInfo next, boolean instead) {
    return users(
        next.id(), field -> field.version() == null ? instead : field.fits(next) == false, instead);
  }

  private Users users(String modelId, Predicate<Field> fields, boolean pipelines) {
    Read read = read();
    Predicate<Field> named = field -> field.modelId().equals(modelId);
    SortedSet<String> feeding = new TreeSet<>();
    if (pipelines) {
      read.pipelines()
          .forEach(
              (pipeline, models) -> {
                if (models.contains(modelId)) {
                  feeding.add(pipeline);
                }
              });
    }
    return new Users(
        owners(read.indices(), named.and(fields)),
        feeding,
        owners(read.templates(), named.and(fields)));
  }

  private static SortedSet<String> owners(List<Field> fields, Predicate<Field> which) {
    return fields.stream()
        .filter(which)
        .map(Field::owner)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Read read() {
    ClusterState now = state.get();
    Read before = last;
    if (before.version() == now.metadata().version()) {
      return before;
    }
    Read read = read(now.metadata().version(), Project.of(now));
    last = read;
    return read;
  }

  private Read read(long version, Project project) {
    Map<String, List<Field>> parsed = new HashMap<>();
    List<Field> indices = new ArrayList<>();
    for (IndexMetadata index : new TreeMap<>(project.metadata().indices()).values()) {
      if (index.mapping() != null) {
        add(index.getIndex().getName(), index.mapping().source(), parsed, indices);
      }
    }
    List<Field> templates = new ArrayList<>();
    project
        .metadata()
        .templatesV2()
        .forEach((name, template) -> add(name, template.template(), parsed, templates));
    project
        .metadata()
        .componentTemplates()
        .forEach((name, template) -> add(name, template.template(), parsed, templates));
    return new Read(version, parsed, indices, templates, pipelines(project));
  }

  private void add(
      String owner, Template template, Map<String, List<Field>> parsed, List<Field> fields) {
    if (template != null && template.mappings() != null) {
      add(owner, template.mappings(), parsed, fields);
    }
  }

  private void add(
      String owner,
      CompressedXContent mapping,
      Map<String, List<Field>> parsed,
      List<Field> fields) {
    String digest = mapping.getSha256();
    List<Field> known = parsed.get(digest);
    if (known == null) {
      known = last.parsed().get(digest);
      known = known == null ? parse(mapping) : known;
      parsed.put(digest, known);
    }
    for (Field field : known) {
      fields.add(new Field(owner, field.field(), field.modelId(), field.version()));
    }
  }

  private static List<Field> parse(CompressedXContent mapping) {
    List<Field> fields = new ArrayList<>();
    String json = mapping.string();
    if (json.contains(FieldMappings.MODEL_KEY)) { // few do, and mappings may be long
      Map<String, Object> root =
          XContentHelper.convertToMap(XContentType.JSON.xContent(), json, true);
      collect("", root.get("_doc") instanceof Map<?, ?> typed ? typed : root, fields);
    }
    return fields;
  }

  /**
   * @param path of the field that is defined, empty for the mapping itself
   */
  private static void collect(String path, Map<?, ?> definition, List<Field> fields) {
    if (definition.get("meta") instanceof Map<?, ?> meta
        && meta.get(FieldMappings.MODEL_KEY) instanceof String modelId) {
      Object version = meta.get(FieldMappings.VERSION_KEY);
      fields.add(new Field("", path, modelId, version instanceof String text ? text : null));
    }
    for (String children : List.of("properties", "fields")) {
      if (definition.get(children) instanceof Map<?, ?> named) {
        named.forEach(
            (name, child) -> {
              if (child instanceof Map<?, ?> of) {
                collect(path.isEmpty() ? name.toString() : path + "." + name, of, fields);
              }
            });
      }
    }
  }

  private static SortedMap<String, Set<String>> pipelines(Project project) {
    SortedMap<String, Set<String>> byPipeline = new TreeMap<>();
    IngestMetadata ingest = project.metadata().custom(IngestMetadata.TYPE);
    if (ingest != null) {
      ingest
          .getPipelines()
          .forEach(
              (id, pipeline) -> {
                Set<String> models = new TreeSet<>();
                collect(pipeline.getConfig(), models);
                if (models.isEmpty() == false) {
                  byPipeline.put(id, models);
                }
              });
    }
    return byPipeline;
  }

  /** Also what stands in a {@code foreach} or an {@code on_failure}. */
  private static void collect(Object config, Set<String> models) {
    if (config instanceof Map<?, ?> map) {
      map.forEach(
          (key, value) -> {
            if (PROCESSORS.contains(key) && value instanceof Map<?, ?> options) {
              OPTIONS.forEach(
                  option -> {
                    if (options.get(option) instanceof String id) {
                      models.add(id);
                    }
                  });
            }
            collect(value, models);
          });
    } else if (config instanceof Iterable<?> list) {
      list.forEach(value -> collect(value, models));
    }
  }
}
