package org.sightline.ingest;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import org.sightline.runtime.inference.Inference;
import org.sightline.runtime.inference.ModelCatalog;
import org.sightline.runtime.zeroshot.Classifier;

/**
 * What the processors need of a node. Asked for at each document, because processors are built
 * before the node's components exist. Implementations are safe for use by many threads.
 */
public interface IngestServices {

  /** Completes its stages on an Elasticsearch thread with the caller's thread context restored. */
  Inference inference();

  /** The models that pipelines may name. */
  ModelCatalog models();

  /** Completes its stages as {@link #inference} does. */
  Classifier classifier();

  /**
   * The distinct values of a field, at most {@link
   * org.sightline.runtime.zeroshot.LabelSet#MAX_LABELS}, as they were at most a minute ago.
   * Completes its stages as {@link #inference} does.
   *
   * @param index name, alias or pattern
   */
  CompletionStage<List<String>> labels(String index, String field);

  /**
   * The model that the mapping of a field of vectors names. Cheap: asked for each document.
   *
   * @param index name of an index, alias or data stream, of which the index that is written counts
   * @return empty where there is no such index yet, or its mapping names no model there
   */
  Optional<MappedModel> mappedModel(String index, String field);

  /** Most inputs of a document. */
  int maxInputs();

  /** Largest encoded image that is accepted. */
  long maxImageBytes();

  /** How long a document waits for its embeddings, the queue included. */
  Duration ingestTimeout();
}
