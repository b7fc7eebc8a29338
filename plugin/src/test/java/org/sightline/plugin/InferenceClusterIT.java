package org.sightline.plugin;

import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertAcked;
import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertResponse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.elasticsearch.ElasticsearchStatusException;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.action.support.WriteRequest;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.PathUtils;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.plugins.PluginsService;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.vectors.KnnSearchBuilder;
import org.elasticsearch.test.ESIntegTestCase;
import org.elasticsearch.test.ESIntegTestCase.ClusterScope;
import org.sightline.plugin.action.ApiCall;
import org.sightline.plugin.action.ApiInputs;
import org.sightline.plugin.action.InferenceAction;
import org.sightline.plugin.action.ModelOperation;
import org.sightline.plugin.action.ModelsRequest;
import org.sightline.plugin.action.ModelsResponse;
import org.sightline.plugin.cluster.InferenceNodes;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.transport.LocalRequest;
import org.sightline.query.input.InputSource;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;
import org.sightline.runtime.stats.RuntimeStats;

/** Several nodes in one process, with real models: one node runs none of them. */
@ClusterScope(scope = ESIntegTestCase.Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class InferenceClusterIT extends ESIntegTestCase {
  private static final Path FIXTURES = PathUtils.get("../model-runtime/src/test/fixtures");
  private static final Settings NO_INFERENCE =
      Settings.builder().put("sightline.inference.enabled", false).build();

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(SightlinePlugin.class);
  }

  @Override
  protected Path nodeConfigPath(int nodeOrdinal) {
    try {
      Path config = createTempDir();
      Path models = config.resolve("sightline").resolve("models");
      for (String model : List.of("tiny-clip", "tiny-blip")) {
        Path bundle = Files.createDirectories(models.resolve(model));
        try (Stream<Path> files = Files.list(FIXTURES.resolve(model))) {
          for (Path file : files.toList()) {
            Files.copy(file, bundle.resolve(file.getFileName().toString()));
          }
        }
      }
      Files.createDirectories(models.resolve("broken"));
      Files.writeString(models.resolve("broken").resolve("model.json"), "{}");
      return config;
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<String> pictures() throws IOException {
    List<String> pictures = new ArrayList<>();
    try (Stream<Path> files = Files.list(FIXTURES.resolve("images"))) {
      for (Path file : files.sorted().toList()) {
        pictures.add(Base64.getEncoder().encodeToString(Files.readAllBytes(file)));
      }
    }
    return pictures;
  }

  private static ApiInputs images(List<String> pictures) {
    return new ApiInputs(pictures.stream().<InputSource>map(InputSource.Image::new).toList(), true);
  }

  private static List<Outcome<Embedding>> embed(Client client, ApiInputs inputs) {
    return client
        .execute(
            InferenceAction.EMBED, new LocalRequest<>(new ApiCall<>("tiny-clip", inputs, null)))
        .actionGet()
        .results();
  }

  private static List<Outcome<MatchScore>> match(Client client, ApiInputs inputs) {
    return client
        .execute(
            InferenceAction.MATCH,
            new LocalRequest<>(
                new ApiCall<>("tiny-blip", inputs, new InputSource.Text("a red heart"))))
        .actionGet()
        .results();
  }

  private long inputsOn(String node) {
    return internalCluster().getInstance(LocalInference.class, node).runtime().stats().inputs();
  }

  /** Tolerances are those of the golden fixtures: batches differ from single runs by rounding. */
  public void testInputsAreSharedAmongNodesAndComeBackInOrder() throws Exception {
    String plain = internalCluster().startNode(NO_INFERENCE);
    List<String> nodes = internalCluster().startNodes(2);
    List<String> pictures = pictures();

    List<Outcome<Embedding>> together = embed(client(plain), images(pictures));
    List<Outcome<MatchScore>> scores = match(client(plain), images(pictures));
    assertEquals(pictures.size(), together.size());
    assertEquals(pictures.size(), scores.size());
    for (String node : nodes) {
      assertTrue(node, inputsOn(node) > 0);
    }
    assertEquals(0, inputsOn(plain));

    LocalInference one = internalCluster().getInstance(LocalInference.class, nodes.get(0));
    long before = one.runtime().stats().inputs();
    for (int i = 0; i < pictures.size(); i++) {
      ApiInputs single = images(List.of(pictures.get(i)));
      assertArrayEquals(
          embed(client(nodes.get(0)), single).get(0).orThrow().single(),
          together.get(i).orThrow().single(),
          1e-4f);
      MatchScore score = match(client(nodes.get(1)), single).get(0).orThrow();
      assertEquals(score.matchLogit(), scores.get(i).orThrow().matchLogit(), 1e-3f);
      assertEquals(score.noMatchLogit(), scores.get(i).orThrow().noMatchLogit(), 1e-3f);
    }
    assertTrue(one.runtime().stats().inputs() > before);

    internalCluster().stopNode(nodes.get(0));
    assertBusy(() -> assertEquals(0, one.runtime().openLeases()));
    List<Outcome<Embedding>> afterwards = embed(client(plain), images(pictures));
    for (int i = 0; i < pictures.size(); i++) {
      assertArrayEquals(
          together.get(i).orThrow().single(), afterwards.get(i).orThrow().single(), 1e-4f);
    }
    internalCluster().stopNode(nodes.get(1));
    ElasticsearchStatusException e =
        expectThrows(
            ElasticsearchStatusException.class, () -> embed(client(plain), images(pictures)));
    assertEquals(RestStatus.SERVICE_UNAVAILABLE, e.status());
    assertEquals(
        "no inference node is in the cluster, at least one node needs"
            + " [sightline.inference.enabled: true]",
        e.getMessage());
  }

  public void testModelsAreLoadedAndUnloadedOnAllInferenceNodes() {
    internalCluster().startNode(NO_INFERENCE);
    for (ModelOperation change : List.of(ModelOperation.LOAD, ModelOperation.UNLOAD)) {
      ElasticsearchStatusException e =
          expectThrows(ElasticsearchStatusException.class, () -> models(change, "tiny-clip"));
      assertEquals(RestStatus.SERVICE_UNAVAILABLE, e.status());
      assertEquals(InferenceNodes.NONE, e.getMessage());
    }
    List<String> nodes = internalCluster().startNodes(2);
    ModelsResponse listed = models(ModelOperation.LIST, null);
    assertEquals(List.of("broken", "tiny-blip", "tiny-clip"), ids(listed));
    for (ModelsResponse.Placement placement : listed.byModel().get("broken")) {
      assertEquals(ModelStatus.State.FAILED, placement.status().state());
      assertNotNull(placement.status().reason());
    }
    assertStates(models(ModelOperation.LOAD, "tiny-clip"), nodes, ModelStatus.State.LOADED);
    assertStates(models(ModelOperation.LIST, "tiny-clip"), nodes, ModelStatus.State.LOADED);
    assertStates(models(ModelOperation.UNLOAD, "tiny-clip"), nodes, ModelStatus.State.AVAILABLE);
    for (ModelOperation operation : ModelOperation.values()) {
      ResourceNotFoundException e =
          expectThrows(ResourceNotFoundException.class, () -> models(operation, "nowhere"));
      assertEquals(RestStatus.NOT_FOUND, e.status());
      assertEquals(
          "model [nowhere] does not exist, expected one of [tiny-blip, tiny-clip]", e.getMessage());
    }
  }

  private static List<String> ids(ModelsResponse response) {
    return List.copyOf(response.byModel().keySet());
  }

  private static void assertStates(
      ModelsResponse response, List<String> nodes, ModelStatus.State state) {
    List<ModelsResponse.Placement> placements = response.byModel().get("tiny-clip");
    assertEquals(nodes.size(), placements.size());
    for (ModelsResponse.Placement placement : placements) {
      assertTrue(nodes.contains(placement.node().getName()));
      assertEquals(state, placement.status().state());
    }
  }

  private ModelsResponse models(ModelOperation operation, String id) {
    return client()
        .execute(operation.type(), new ModelsRequest(id, TimeValue.timeValueSeconds(30)))
        .actionGet();
  }

  /** What lets a cancelled search or call stop its work needs the node's components. */
  public void testSearchesAreFollowedByTheirTasks() {
    String node = internalCluster().startNode(NO_INFERENCE);
    List<String> filtered =
        internalCluster()
            .getInstance(PluginsService.class, node)
            .filterPlugins(SightlinePlugin.class)
            .flatMap(plugin -> plugin.getMappedActionFilters().stream())
            .map(MappedActionFilter::actionName)
            .toList();
    assertEquals(
        List.of(
            "indices:data/read/search",
            "indices:data/write/bulk",
            "cluster:admin/sightline/inference/embed",
            "cluster:admin/sightline/inference/match",
            "cluster:admin/sightline/inference/caption",
            "cluster:admin/sightline/inference/classify"),
        filtered);
  }

  private void createIndex() {
    putJsonPipeline(
        "photos",
        """
        {"processors": [{"image_text_embedding": {
          "model_id": "tiny-clip",
          "input_output": {
            "input_field": "photo", "input_type": "image", "output_field": "vector"}}}]}
        """);
    assertAcked(
        prepareCreate("photos")
            .setSettings(
                Settings.builder()
                    .put("index.number_of_shards", 2)
                    .put("index.number_of_replicas", 0)
                    .put("index.default_pipeline", "photos"))
            .setMapping(
                """
                {"properties": {
                  "photo": {"type": "binary"},
                  "vector": {"type": "dense_vector", "dims": 16, "similarity": "cosine",
                    "index_options": {"type": "hnsw"}}}}
                """));
  }

  private static BulkResponse bulk(Client client, List<String> pictures) {
    BulkRequest bulk = new BulkRequest().setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
    for (int i = 0; i < pictures.size(); i++) {
      bulk.add(new IndexRequest("photos").id(Integer.toString(i)).source("photo", pictures.get(i)));
    }
    return client.bulk(bulk).actionGet();
  }

  /** The node that runs no models takes the bulk; what is stored is what the models say. */
  public void testPipelineThroughANodeWithoutModels() throws Exception {
    String plain = internalCluster().startNode(NO_INFERENCE);
    internalCluster().startNodes(2);
    createIndex();
    List<String> pictures = new ArrayList<>(pictures());
    pictures.add(3, "AAAA");
    BulkResponse response = bulk(client(plain), pictures);
    for (int i = 0; i < pictures.size(); i++) {
      BulkItemResponse item = response.getItems()[i];
      assertEquals(i == 3, item.isFailed());
    }
    BulkItemResponse bad = response.getItems()[3];
    assertEquals(RestStatus.BAD_REQUEST, bad.status());
    assertTrue(
        bad.getFailureMessage(),
        bad.getFailureMessage().contains("[photo] is not an image: 3 bytes, expected one of "));

    pictures.set(3, pictures.get(0));
    List<Outcome<Embedding>> embeddings = embed(client(plain), images(pictures));
    for (int i = 0; i < pictures.size(); i++) {
      if (i == 3) {
        continue;
      }
      String id = Integer.toString(i);
      SearchSourceBuilder source =
          new SearchSourceBuilder()
              .knnSearch(
                  List.of(
                      new KnnSearchBuilder(
                          "vector",
                          embeddings.get(i).orThrow().single(),
                          20,
                          100,
                          null,
                          null,
                          null)))
              .size(20);
      assertResponse(
          client(plain).search(new SearchRequest("photos").source(source)),
          found -> {
            var best =
                Stream.of(found.getHits().getHits())
                    .filter(hit -> hit.getId().equals(id))
                    .findFirst();
            assertTrue("found " + id, best.isPresent());
            // cosine is (1 + cos) / 2
            assertEquals(1f, best.get().getScore(), 1e-4f);
          });
    }
  }

  /** A full queue refuses documents with 429, each alone; every document gets one answer. */
  public void testAFullQueueRefusesSingleDocuments() throws Exception {
    internalCluster()
        .startNode(
            Settings.builder()
                .put("sightline.inference.queue_size", 1)
                .put("sightline.inference.max_batch", 1)
                .build());
    createIndex();
    List<String> pictures = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      pictures.addAll(pictures());
    }
    BulkResponse response = bulk(client(), pictures);
    assertEquals(pictures.size(), response.getItems().length);
    int refused = 0;
    for (BulkItemResponse item : response.getItems()) {
      if (item.isFailed()) {
        assertEquals(item.getFailureMessage(), RestStatus.TOO_MANY_REQUESTS, item.status());
        refused++;
      }
    }
    assertTrue(
        String.format(Locale.ROOT, "%d of %d refused", refused, pictures.size()),
        refused > 0 && refused < pictures.size());
    assertEquals(
        refused,
        internalCluster().getInstance(LocalInference.class).runtime().stats().rejections());
  }

  /** A client that sends again what was refused, and nothing else, gets everything through. */
  public void testPixelsThatWaitAreBoundedAndARetryingClientGetsThrough() throws Exception {
    internalCluster()
        .startNode(
            Settings.builder()
                .put("sightline.inference.queue.image_pixels", 600_000)
                .put("sightline.inference.max_batch", 2)
                .build());
    createIndex();
    Map<String, String> left = new TreeMap<>();
    for (int i = 0; i < 20; i++) {
      for (String picture : pictures()) {
        left.put(Integer.toString(left.size()), picture);
      }
    }
    int all = left.size();
    int refused = 0;
    while (left.isEmpty() == false) {
      BulkRequest bulk = new BulkRequest().setRefreshPolicy(WriteRequest.RefreshPolicy.IMMEDIATE);
      left.forEach(
          (id, picture) -> bulk.add(new IndexRequest("photos").id(id).source("photo", picture)));
      for (BulkItemResponse item : client().bulk(bulk).actionGet().getItems()) {
        if (item.isFailed()) {
          assertEquals(item.getFailureMessage(), RestStatus.TOO_MANY_REQUESTS, item.status());
          assertTrue(
              item.getFailureMessage(),
              item.getFailureMessage()
                  .contains("allowed are 600000 [sightline.inference.queue.image_pixels]"));
          refused++;
        } else {
          left.remove(item.getId());
        }
      }
    }
    assertTrue("something was refused", refused > 0);
    assertResponse(
        prepareSearch("photos").setQuery(QueryBuilders.existsQuery("vector")).setSize(0),
        found -> assertEquals(all, found.getHits().getTotalHits().value()));
    RuntimeStats stats = internalCluster().getInstance(LocalInference.class).runtime().stats();
    assertEquals(refused, stats.rejections());
    assertEquals(all, stats.roles().get(Role.IMAGE_EMBEDDING).waits().count());
    assertEquals(0, stats.roles().get(Role.IMAGE_EMBEDDING).queueWork());
  }
}
