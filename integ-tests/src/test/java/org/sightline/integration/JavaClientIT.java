package org.sightline.integration;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import co.elastic.clients.elasticsearch.ElasticsearchClient;
import co.elastic.clients.elasticsearch._types.Refresh;
import co.elastic.clients.elasticsearch.core.BulkRequest;
import co.elastic.clients.elasticsearch.core.BulkResponse;
import co.elastic.clients.elasticsearch.core.SearchResponse;
import co.elastic.clients.elasticsearch.core.search.Hit;
import co.elastic.clients.transport.rest5_client.Rest5ClientTransport;
import co.elastic.clients.transport.rest5_client.low_level.Request;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** The official Java client indexes through the pipeline and sends the plugin's requests. */
@ExtendWith(ClusterExtension.class)
@DisabledIfSystemProperty(
    named = "elasticsearch.version",
    matches = "8\\..*",
    disabledReason = "the client of 9.x speaks with 9.x")
class JavaClientIT {

  /**
   * A hit's source, bound by the client's own mapper.
   *
   * @param name name of the picture
   */
  record Found(String name) {}

  private static Map<String, String> document(Picture picture) {
    return Map.of("title", picture.name(), "name", picture.name(), "photo", picture.base64());
  }

  private static void index(ElasticsearchClient client, List<Picture> pictures) throws IOException {
    BulkRequest.Builder request =
        new BulkRequest.Builder().index("java-client").refresh(Refresh.True);
    for (Picture picture : pictures) {
      request.operations(one -> one.index(to -> to.id(picture.id()).document(document(picture))));
    }
    BulkResponse bulk = client.bulk(request.build());
    assertFalse(bulk.errors());
    assertEquals(pictures.size(), bulk.items().size());
  }

  @Test
  void indexesAndSearches(SharedCluster cluster) throws IOException {
    List<Picture> pictures = Installation.gallery().pictures().subList(200, 240);
    PhotoIndex photos = new PhotoIndex(cluster.client(), "java-client").create(1, 0);
    try (ElasticsearchClient client =
        ElasticsearchClient.of(builder -> builder.host(cluster.node().http().toString()))) {
      index(client, pictures);
      // the client carries queries that it does not know
      Map<String, Object> query = Map.of("field", "photo_vector", "input", "waving hand", "k", 20);
      SearchResponse<Found> found =
          client.search(
              request ->
                  request
                      .index("java-client")
                      .source(filter -> filter.filter(only -> only.includes("name")))
                      .query(any -> any._custom("image_text", query)),
              Found.class);
      List<String> names = found.hits().hits().stream().map(Hit::source).map(Found::name).toList();
      String body =
          """
          { "query": { "image_text": { "field": "photo_vector", "input": "waving hand", "k": 20 } },
            "_source": ["name"] }""";
      assertEquals(PhotoIndex.names(photos.search(body)), names);
      assertEquals(10, names.size());
    }
  }

  @Test
  void sendsTheRetrieverAsJson(SharedCluster cluster) throws Exception {
    List<Picture> pictures = Installation.gallery().pictures().subList(0, 30);
    PhotoIndex photos = new PhotoIndex(cluster.client(), "java-client").create(1, 0).add(pictures);
    String text = "\"face\"";
    String rerank = Requests.rerank(Requests.knn(text, 20, 30, ""), text, 20, "");
    String body = Requests.search(Requests.retriever(rerank), 10);
    // typed retrievers are closed in this client; its low-level part sends what it is given
    try (ElasticsearchClient client =
        ElasticsearchClient.of(builder -> builder.host(cluster.node().http().toString()))) {
      Request request = new Request("POST", "/java-client/_search");
      request.setJsonEntity(body);
      Rest5ClientTransport transport = (Rest5ClientTransport) client._transport();
      String answer =
          EntityUtils.toString(transport.restClient().performRequest(request).getEntity());
      assertEquals(
          PhotoIndex.names(photos.search(body)),
          PhotoIndex.names(new ObjectMapper().readTree(answer)));
    }
  }
}
