package org.sightline.ingest;

import static org.elasticsearch.ingest.ConfigurationUtils.newConfigurationException;
import static org.elasticsearch.ingest.ConfigurationUtils.readStringProperty;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.sightline.runtime.zeroshot.LabelSet;

/** Where the labels of a classification come from. */
sealed interface LabelSource {

  /** The labels now; completes as {@link IngestServices#labels} does. */
  CompletionStage<LabelSet> labels(IngestServices services);

  /** Labels that stand in the pipeline. */
  record Fixed(LabelSet set) implements LabelSource {
    @Override
    public CompletionStage<LabelSet> labels(IngestServices services) {
      return CompletableFuture.completedFuture(set);
    }
  }

  /**
   * The distinct values of a field of an index.
   *
   * @param index name, alias or pattern
   * @param field a field that can be aggregated, such as a keyword
   * @param templates as in {@link LabelSet}
   */
  record Indexed(String index, String field, List<String> templates) implements LabelSource {
    @Override
    public CompletionStage<LabelSet> labels(IngestServices services) {
      return services
          .labels(index, field)
          .thenApply(
              labels -> {
                if (labels.isEmpty()) {
                  throw new IllegalArgumentException(
                      "[labels] finds no values of [" + field + "] in [" + index + "]");
                }
                return new LabelSet(labels, templates);
              });
    }
  }

  /** Reads and removes {@code labels} and {@code templates}. */
  static LabelSource read(String processor, String tag, Map<String, Object> config) {
    List<String> templates =
        strings(
            processor, tag, "templates", config.remove("templates"), LabelSet.DEFAULT_TEMPLATES);
    Object labels = config.remove("labels");
    if (labels instanceof Map<?, ?> source) {
      // checks the templates now, so that a pipeline with wrong ones is not stored
      checked(processor, tag, List.of("label"), templates);
      return indexed(processor, tag, source, templates);
    }
    return new Fixed(
        checked(processor, tag, strings(processor, tag, "labels", labels, List.of()), templates));
  }

  private static LabelSource indexed(
      String processor, String tag, Map<?, ?> source, List<String> templates) {
    Map<String, Object> options = new HashMap<>();
    source.forEach((name, value) -> options.put(String.valueOf(name), value));
    String index = readStringProperty(processor, tag, options, "index");
    String field = readStringProperty(processor, tag, options, "field");
    if (options.isEmpty() == false) {
      throw newConfigurationException(
          processor,
          tag,
          "labels",
          "does not support " + new TreeSet<>(options.keySet()) + ", expected [index, field]");
    }
    return new Indexed(index, field, templates);
  }

  private static LabelSet checked(
      String processor, String tag, List<String> labels, List<String> templates) {
    try {
      return new LabelSet(labels, templates);
    } catch (IllegalArgumentException e) {
      String field = e.getMessage().startsWith("[templates]") ? "templates" : "labels";
      throw newConfigurationException(
          processor, tag, field, e.getMessage().substring(field.length() + 3));
    }
  }

  private static List<String> strings(
      String processor, String tag, String name, Object value, List<String> otherwise) {
    if (value == null) {
      return otherwise;
    }
    if (value instanceof List<?> == false) {
      throw newConfigurationException(
          processor, tag, name, "must be a list of strings, got " + ReceivedValues.describe(value));
    }
    for (Object entry : (List<?>) value) {
      if (entry instanceof String == false) {
        throw newConfigurationException(
            processor, tag, name, "must hold strings, got " + ReceivedValues.describe(entry));
      }
    }
    return ((List<?>) value).stream().map(String.class::cast).toList();
  }
}
