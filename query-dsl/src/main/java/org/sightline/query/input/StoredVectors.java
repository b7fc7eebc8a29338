package org.sightline.query.input;

import java.util.List;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchPhaseExecutionException;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.index.mapper.vectors.DenseVectorFieldMapper;
import org.elasticsearch.index.query.IdsQueryBuilder;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.fetch.StoredFieldsContext;

/**
 * Reads the vector of a document through a search, as the user who asks, so that document- and
 * field-level security hold. It reads doc values: vectors are not part of {@code _source} in
 * indices made since Elasticsearch 9.2.
 */
final class StoredVectors {
  private final Client client;

  StoredVectors(Client client) {
    this.client = client;
  }

  /**
   * Fetches the vector as it is stored.
   *
   * @param listener gets {@code [dimensions]}, not normalised; or a 400 that names index, id, path
   */
  void fetch(InputSource.Document document, ActionListener<float[]> listener) {
    SearchRequest request =
        new SearchRequest(document.index())
            .preference("_local")
            .allowPartialSearchResults(false)
            .source(
                new SearchSourceBuilder()
                    .query(new IdsQueryBuilder().addIds(document.id()))
                    .fetchSource(false)
                    .storedFields(new StoredFieldsContext(false))
                    .docValueField(document.path())
                    .trackTotalHits(false)
                    .size(2));
    if (document.routing() != null) {
      request.routing(document.routing());
    }
    client.execute(
        TransportSearchAction.TYPE,
        request,
        listener
            .<SearchResponse>delegateFailureAndWrap(
                (l, response) -> {
                  float[] vector = read(document, response);
                  if (vector == null) {
                    explain(document, noVector(document), l);
                  } else {
                    l.onResponse(vector);
                  }
                })
            .delegateResponse(
                (l, failure) -> {
                  boolean ofTheField =
                      failure instanceof SearchPhaseExecutionException
                          && ExceptionsHelper.status(failure) == RestStatus.BAD_REQUEST;
                  if (ofTheField) {
                    explain(document, failure, listener);
                  } else {
                    listener.onFailure(failure);
                  }
                }));
  }

  /**
   * Fails with what is wrong with the path.
   *
   * @param otherwise the failure where nothing is
   */
  private void explain(
      InputSource.Document document, Exception otherwise, ActionListener<float[]> listener) {
    UsersFields.fetch(
        client,
        document.index(),
        ActionListener.wrap(
            fields -> {
              String nested = fields.nestedAround(document.path());
              String problem =
                  fields.problem(
                      document.path(),
                      field -> field.getType().equals(DenseVectorFieldMapper.CONTENT_TYPE),
                      DenseVectorFieldMapper.CONTENT_TYPE);
              if (problem == null && nested != null) {
                problem =
                    ", which is in the nested objects of ["
                        + nested
                        + "], expected a dense_vector field outside nested objects";
              }
              listener.onFailure(
                  problem == null
                      ? otherwise
                      : invalid(document, "has no vector in [" + document.path() + "]" + problem));
            },
            // the error is the one that made us ask
            ignored -> listener.onFailure(otherwise)));
  }

  /** The vector, or null where the document has something else or nothing there. */
  private static float[] read(InputSource.Document document, SearchResponse response) {
    SearchHit[] hits = response.getHits().getHits();
    if (hits.length == 0) {
      throw invalid(document, "does not exist, so [" + document.path() + "] cannot be read");
    }
    if (hits.length > 1) {
      throw invalid(document, "exists more than once, name one index and the [routing]");
    }
    DocumentField field = hits[0].field(document.path());
    if (field == null || field.getValues().size() != 1) {
      return null;
    }
    float[] vector = toFloats(field.getValues().get(0));
    if (vector == null) {
      return null;
    }
    double norm = VectorSum.norm(vector);
    if (norm == 0 || Double.isFinite(norm) == false) {
      throw invalid(
          document,
          "has a vector of length [" + norm + "] in [" + document.path() + "], it points nowhere");
    }
    return vector;
  }

  private static float[] toFloats(Object value) {
    if (value instanceof float[] floats) {
      return floats;
    }
    if (value instanceof byte[] bytes) {
      float[] vector = new float[bytes.length];
      for (int i = 0; i < bytes.length; i++) {
        vector[i] = bytes[i];
      }
      return vector;
    }
    List<?> elements =
        value instanceof Object[] array
            ? List.of(array)
            : value instanceof List<?> list ? list : List.of();
    float[] vector = new float[elements.size()];
    for (int i = 0; i < vector.length; i++) {
      if (elements.get(i) instanceof Number number) {
        vector[i] = number.floatValue();
      } else {
        return null;
      }
    }
    return vector.length == 0 ? null : vector;
  }

  private static ElasticsearchStatusException noVector(InputSource.Document document) {
    return invalid(document, "has no vector in [" + document.path() + "]");
  }

  private static ElasticsearchStatusException invalid(
      InputSource.Document document, String problem) {
    return new ElasticsearchStatusException(
        "{} {}", RestStatus.BAD_REQUEST, document.describe(), problem);
  }
}
