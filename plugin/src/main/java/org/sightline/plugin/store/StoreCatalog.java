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
 * @param trials by id, of models in service that no node has loaded yet
 */
record StoreCatalog(
    SortedMap<String, StoredModel> models,
    SortedMap<String, Pending> pending,
    SortedMap<String, Map<String, Object>> unreadable,
    SortedMap<String, Trial> trials) {
  private static final Logger logger = LogManager.getLogger(StoreCatalog.class);

  /** The document's field. */
  static final String FIELD = "catalog";

  static final StoreCatalog EMPTY =
      new StoreCatalog(new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), new TreeMap<>());

  private static final String MODELS = "models";
  private static final String PENDING = "pending";
  private static final String MANIFEST = "manifest";
  private static final String PART_BYTES = "part_bytes";
  private static final String SINCE = "since";
  private static final String TRIAL = "trial";
  private static final String ATTEMPTS = "attempts";
  private static final String PROCESS = "process";
  private static final String NODE = "node";
  private static final String FAILURE = "failure";

  /**
   * A push that has not ended.
   *
   * @param since milliseconds of the epoch
   */
  record Pending(StoredModel model, long since) {}

  /**
   * Who loads a version for the first time.
   *
   * @param attempts begun so far
   * @param process ephemeral id of the node that has its turn; null where none has
   * @param node its name
   * @param failure why nobody tries any more; null where somebody may
   */
  record Trial(int attempts, String process, String node, String failure) {
    static final Trial OPEN = new Trial(0, null, null, null);

    /** With an attempt more, of that node. */
    Trial by(String newProcess, String newNode) {
      return newProcess.equals(process) ? this : new Trial(attempts + 1, newProcess, newNode, null);
    }
  }

  StoreCatalog {
    models = Collections.unmodifiableSortedMap(new TreeMap<>(models));
    pending = Collections.unmodifiableSortedMap(new TreeMap<>(pending));
    unreadable = Collections.unmodifiableSortedMap(new TreeMap<>(unreadable));
    trials = Collections.unmodifiableSortedMap(new TreeMap<>(trials));
  }

  /** With a push begun; those that began before the given time are given up. */
  StoreCatalog begun(StoredModel model, long now, long givenUp) {
    SortedMap<String, Pending> next = new TreeMap<>(pending);
    next.values().removeIf(other -> other.since() < givenUp);
    next.put(model.id(), new Pending(model, now));
    return new StoreCatalog(models, next, unreadable, trials);
  }

  /** With a push ended: its model is in service. */
  StoreCatalog committed(StoredModel model) {
    SortedMap<String, StoredModel> next = new TreeMap<>(models);
    StoredModel before = next.put(model.id(), model);
    SortedMap<String, Trial> trying = new TreeMap<>(trials);
    if (before == null || before.version().equals(model.version()) == false) {
      trying.put(model.id(), Trial.OPEN);
    }
    return new StoreCatalog(
        next, without(pending, model.id()), without(unreadable, model.id()), trying);
  }

  /** The trial of a version; null where a node has loaded it, or it is not in service. */
  Trial trial(StoredModel model) {
    StoredModel inService = models.get(model.id());
    return inService != null && inService.version().equals(model.version())
        ? trials.get(model.id())
        : null;
  }

  /** With another trial of a version in service, or null for none any more. */
  StoreCatalog with(StoredModel model, Trial trial) {
    SortedMap<String, Trial> next = without(trials, model.id());
    if (trial != null) {
      next.put(model.id(), trial);
    }
    return new StoreCatalog(models, pending, unreadable, next);
  }

  /** Without a model, also where it is on its way. */
  StoreCatalog removed(String id) {
    return new StoreCatalog(
        without(models, id), without(pending, id), without(unreadable, id), without(trials, id));
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
      Trial trial = trials.get(model.id());
      if (trial != null) {
        builder.startObject(TRIAL);
        builder.field(ATTEMPTS, trial.attempts()).field(PROCESS, trial.process());
        builder.field(NODE, trial.node()).field(FAILURE, trial.failure());
        builder.endObject();
      }
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
    SortedMap<String, Trial> trials = new TreeMap<>();
    object(catalog.get(MODELS))
        .forEach(
            (id, fields) -> {
              Optional<StoredModel> model = model(id, object(fields));
              model.ifPresentOrElse(
                  one -> models.put(id, one), () -> unreadable.put(id, object(fields)));
              if (model.isPresent() && object(fields).get(TRIAL) != null) {
                trials.put(id, trial(object(object(fields).get(TRIAL))));
              }
            });
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
    return new StoreCatalog(models, pending, unreadable, trials);
  }

  private static Trial trial(Map<String, Object> fields) {
    return new Trial(
        ((Number) fields.get(ATTEMPTS)).intValue(),
        (String) fields.get(PROCESS),
        (String) fields.get(NODE),
        (String) fields.get(FAILURE));
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
