package org.sightline.query.input;

import java.util.List;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.document.DocumentField;
import org.elasticsearch.core.Strings;
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
        listener.delegateFailureAndWrap((l, response) -> l.onResponse(read(document, response))));
  }

  private static float[] read(InputSource.Document document, SearchResponse response) {
    SearchHit[] hits = response.getHits().getHits();
    if (hits.length == 0) {
      throw invalid(document, "does not exist, so [" + document.path() + "] cannot be read");
    }
    if (hits.length > 1) {
      throw invalid(document, "exists more than once, name one index and the [routing]");
    }
    DocumentField field = hits[0].field(document.path());
    if (field == null || field.getValues().isEmpty()) {
      throw invalid(
          document,
          Strings.format(
              "has no vector in [%s], expected a dense_vector field outside nested objects",
              document.path()));
    }
    if (field.getValues().size() > 1) {
      throw invalid(
          document,
          Strings.format(
              "has %d values in [%s], expected one vector",
              field.getValues().size(), document.path()));
    }
    float[] vector = toFloats(document, field.getValues().get(0));
    double norm = VectorSum.norm(vector);
    if (norm == 0 || Double.isFinite(norm) == false) {
      throw invalid(
          document,
          "has a vector of length [" + norm + "] in [" + document.path() + "], it points nowhere");
    }
    return vector;
  }

  private static float[] toFloats(InputSource.Document document, Object value) {
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
        throw notOneVector(document);
      }
    }
    if (vector.length == 0) {
      throw notOneVector(document);
    }
    return vector;
  }

  private static ElasticsearchStatusException notOneVector(InputSource.Document document) {
    return invalid(document, "has something else than one vector in [" + document.path() + "]");
  }

  private static ElasticsearchStatusException invalid(
      InputSource.Document document, String problem) {
    return new ElasticsearchStatusException(
        "{} {}", RestStatus.BAD_REQUEST, document.describe(), problem);
  }
}
