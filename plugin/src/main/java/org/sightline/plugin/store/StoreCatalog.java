package org.sightline.plugin.store;

import java.io.IOException;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.Logger;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.store.StoredModel.Part;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;

/**
 * Which models the cluster has, in one document, so that a change is seen as a whole or not at all.
 *
 * @param models by id, those in service
 * @param pending by id, those whose files are on their way
 * @param unreadable by id, entries that this version of the plugin cannot read; they are kept as
 *     they are, and can be removed
 */
record StoreCatalog(
    SortedMap<String, StoredModel> models,
    SortedMap<String, Pending> pending,
    SortedMap<String, Map<String, Object>> unreadable) {
  private static final Logger logger = LogManager.getLogger(StoreCatalog.class);

  /** The document's field. */
  static final String FIELD = "catalog";

  static final StoreCatalog EMPTY =
      new StoreCatalog(new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

  private static final String MODELS = "models";
  private static final String PENDING = "pending";
  private static final String MANIFEST = "manifest";
  private static final String PART_BYTES = "part_bytes";
  private static final String SINCE = "since";

  /**
   * A push that has not ended.
   *
   * @param since milliseconds of the epoch
   */
  record Pending(StoredModel model, long since) {}

  StoreCatalog {
    models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
    pending = Collections.unmodifiableSortedMap(new TreeMap<>(pending));
    unreadable = Collections.unmodifiableSortedMap(new TreeMap<>(unreadable));
  }

  /** With a push begun; those that began before the given time are given up. */
  StoreCatalog begun(StoredModel model, long now, long givenUp) {
    SortedMap<String, Pending> next = new TreeMap<>(pending);
    next.values().removeIf(other -> other.since() < givenUp);
    next.put(model.id(), new Pending(model, now));
    return new StoreCatalog(models, next, unreadable);
  }

  /** With a push ended: its model is in service. */
  StoreCatalog committed(StoredModel model) {
    SortedMap<String, StoredModel> next = new TreeMap<>(models);
    next.put(model.id(), model);
    return new StoreCatalog(next, without(pending, model.id()), without(unreadable, model.id()));
  }

  /** Without a model, also where it is on its way. */
  StoreCatalog removed(String id) {
    return new StoreCatalog(without(models, id), without(pending, id), without(unreadable, id));
  }

  /** Ids of the documents that hold all the parts of all models, those on their way included. */
  Set<String> parts() {
    Set<String> ids = new HashSet<>();
    Stream.concat(models.values().stream(), pending.values().stream().map(Pending::model))
        .flatMap(model -> model.parts().stream())
        .map(Part::id)
        .forEach(ids::add);
    return ids;
  }

  private static <T> SortedMap<String, T> without(SortedMap<String, T> map, String id) {
    SortedMap<String, T> rest = new TreeMap<>(map);
    rest.remove(id);
    return rest;
  }

  /** As the document's source. */
  void write(XContentBuilder builder) throws IOException {
    builder.startObject().startObject(FIELD);
    builder.startObject(MODELS);
    for (StoredModel model : models.values()) {
      builder.startObject(model.id());
      fields(builder, model);
      builder.endObject();
    }
    for (Map.Entry<String, Map<String, Object>> entry : unreadable.entrySet()) {
      builder.field(entry.getKey(), entry.getValue());
    }
    builder.endObject();
    builder.startObject(PENDING);
    for (Pending push : pending.values()) {
      builder.startObject(push.model().id());
      fields(builder, push.model());
      builder.field(SINCE, push.since());
      builder.endObject();
    }
    builder.endObject();
    builder.endObject().endObject();
  }

  private static void fields(XContentBuilder builder, StoredModel model) throws IOException {
    builder.field(MANIFEST, model.manifest().toJson());
    builder.field(PART_BYTES, model.partBytes());
  }

  /**
   * From the document's source. An entry that cannot be read, such as one of a later version of the
   * plugin, costs no other model its place; a push that cannot be read is forgotten.
   */
  static StoreCatalog read(Map<String, Object> source) {
    Map<String, Object> catalog = object(source.get(FIELD));
    SortedMap<String, StoredModel> models = new TreeMap<>();
    SortedMap<String, Map<String, Object>> unreadable = new TreeMap<>();
    object(catalog.get(MODELS))
        .forEach(
            (id, fields) ->
                model(id, object(fields))
                    .ifPresentOrElse(
                        model -> models.put(id, model), () -> unreadable.put(id, object(fields))));
    SortedMap<String, Pending> pending = new TreeMap<>();
    object(catalog.get(PENDING))
        .forEach(
            (id, fields) ->
                model(id, object(fields))
                    .ifPresent(
                        model -> {
                          long since = ((Number) object(fields).get(SINCE)).longValue();
                          pending.put(id, new Pending(model, since));
                        }));
    return new StoreCatalog(models, pending, unreadable);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> object(Object value) {
    return (Map<String, Object>) value;
  }

  private static Optional<StoredModel> model(String id, Map<String, Object> fields) {
    try {
      return Optional.of(model(fields));
    } catch (BundleException e) {
      logger.warn("model [{}] of the cluster cannot be used: {}", id, reason(e));
      return Optional.empty();
    }
  }

  private static StoredModel model(Map<String, Object> fields) {
    if (fields.get(MANIFEST) instanceof String json
        && fields.get(PART_BYTES) instanceof Number partBytes) {
      BundleManifest manifest = StoredModel.bounded(BundleManifest.parse(json));
      return new StoredModel(manifest, manifest.fingerprint(), partBytes.intValue());
    }
    throw new BundleException(
        "its entry has the fields %s, expected [%s] and [%s]",
        fields.keySet(), MANIFEST, PART_BYTES);
  }

  private static String reason(BundleException e) {
    return (e.isLater() ? "it needs a later version of the plugin: " : "it is broken: ")
        + e.getMessage();
  }

  /** Why an unreadable entry cannot be read. */
  String whyUnreadable(String id) {
    try {
      return model(unreadable.get(id)).id() + " can be read";
    } catch (BundleException e) {
      return reason(e);
    }
  }
}
