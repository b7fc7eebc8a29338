package org.sightline.ingest;

import java.util.List;
import java.util.Map;
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
  static LabelSource read(ProcessorConfig config) {
    Object given = config.options().remove("templates");
    List<String> templates =
        given == null ? LabelSet.DEFAULT_TEMPLATES : config.strings("templates", given);
    Object labels = config.options().remove("labels");
    if (labels instanceof Map<?, ?> source) {
      // checks the templates now, so that a pipeline with wrong ones is not stored
      checked(config, List.of("label"), templates);
      ProcessorConfig options = config.nested(source);
      String index = options.string("index");
      String field = options.string("field");
      options.requireEmpty("labels", "index", "field");
      return new Indexed(index, field, templates);
    }
    return new Fixed(
        checked(config, labels == null ? List.of() : config.strings("labels", labels), templates));
  }

  private static LabelSet checked(
      ProcessorConfig config, List<String> labels, List<String> templates) {
    try {
      return new LabelSet(labels, templates);
    } catch (IllegalArgumentException e) {
      String field = e.getMessage().startsWith("[templates]") ? "templates" : "labels";
      throw config.error(field, e.getMessage().substring(field.length() + 3));
    }
  }
}
