package org.sightline.query.knn;

import java.io.IOException;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.query.InnerHitBuilder;
import org.elasticsearch.search.vectors.RescoreVectorBuilder;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.query.input.QueryInput;

/**
 * The options of an {@code image_text} query.
 *
 * @param field the {@code dense_vector} field
 * @param modelId null when the field's mapping names the model, or when all inputs are documents
 * @param input what is searched for
 * @param k how many neighbours a shard finds; null for as many as the search returns
 * @param numCandidates how many candidates a shard considers; null leaves it to Elasticsearch
 * @param visitPercentage part of the vectors that a disk-based index visits; null leaves it to
 *     Elasticsearch
 * @param similarity least similarity of a neighbour, or null; its range is the field's
 * @param rescoreVector how many more candidates of a quantized field are compared by their full
 *     vectors; null leaves it to Elasticsearch
 * @param innerHits which vectors of a nested field are shown with a hit, or null
 */
public record KnnOptions(
    String field,
    String modelId,
    QueryInput input,
    Integer k,
    Integer numCandidates,
    Float visitPercentage,
    Float similarity,
    RescoreVectorBuilder rescoreVector,
    InnerHitBuilder innerHits) {
  /** The most candidates that Elasticsearch considers. */
  private static final int MAX_CANDIDATES = 10_000;

  public KnnOptions {
    if (field == null || field.isBlank()) {
      throw new IllegalArgumentException("[image_text] needs [field], a dense_vector field");
    }
    if (input == null) {
      throw new IllegalArgumentException("[image_text] needs [input]");
    }
    if (modelId != null && modelId.isBlank()) {
      throw new IllegalArgumentException("[model_id] is empty, expected the id of a model");
    }
    if (k != null && (k < 1 || k > MAX_CANDIDATES)) {
      throw new IllegalArgumentException(
          "[k] must be in [1, " + MAX_CANDIDATES + "], got [" + k + "]");
    }
    int fewest = k == null ? 1 : k;
    if (numCandidates != null && (numCandidates < fewest || numCandidates > MAX_CANDIDATES)) {
      throw new IllegalArgumentException(
          Strings.format(
              "[num_candidates] must be in [%s%d, %d], got [%d]",
              k == null ? "" : "k: ", fewest, MAX_CANDIDATES, numCandidates));
    }
    if (visitPercentage != null && (visitPercentage >= 0f && visitPercentage <= 100f) == false) {
      throw new IllegalArgumentException(
          "[visit_percentage] must be in [0, 100], got [" + visitPercentage + "]");
    }
    if (similarity != null && Float.isFinite(similarity) == false) {
      throw new IllegalArgumentException(
          "[similarity] must be a finite number, got [" + similarity + "]");
    }
  }

  /** As {@code knn} has it; what is wrong with it is said without the parsers' words around it. */
  static RescoreVectorBuilder parseRescoreVector(XContentParser parser) {
    try {
      return RescoreVectorBuilder.fromXContent(parser);
    } catch (IllegalArgumentException e) { // of which parse exceptions are
      Throwable reason = e;
      while (reason.getCause() != null) {
        reason = reason.getCause();
      }
      throw new ParsingException(
          parser.getTokenLocation(), "[rescore_vector]: " + reason.getMessage(), e);
    }
  }

  static KnnOptions read(StreamInput in) throws IOException {
    String field = in.readString();
    String modelId = in.readOptionalString();
    QueryInput input = QueryInput.read(in);
    Integer k = in.readOptionalVInt();
    Integer numCandidates = in.readOptionalVInt();
    Float visitPercentage = in.readOptionalFloat();
    Float similarity = in.readOptionalFloat();
    InnerHitBuilder innerHits = in.readOptionalWriteable(InnerHitBuilder::new);
    RescoreVectorBuilder rescoreVector = in.readOptionalWriteable(RescoreVectorBuilder::new);
    return new KnnOptions(
        field,
        modelId,
        input,
        k,
        numCandidates,
        visitPercentage,
        similarity,
        rescoreVector,
        innerHits);
  }

  void writeTo(StreamOutput out) throws IOException {
    out.writeString(field);
    out.writeOptionalString(modelId);
    input.writeTo(out);
    out.writeOptionalVInt(k);
    out.writeOptionalVInt(numCandidates);
    out.writeOptionalFloat(visitPercentage);
    out.writeOptionalFloat(similarity);
    out.writeOptionalWriteable(innerHits);
    out.writeOptionalWriteable(rescoreVector);
  }
}
