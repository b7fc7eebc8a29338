package org.sightline.query.knn;

import static org.hamcrest.Matchers.instanceOf;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.ScoreMode;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.compress.CompressedXContent;
import org.elasticsearch.index.mapper.MapperService;
import org.elasticsearch.index.query.InnerHitBuilder;
import org.elasticsearch.index.query.InnerHitContextBuilder;
import org.elasticsearch.index.query.MatchNoneQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryBuilders;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.search.vectors.ESKnnFloatVectorQuery;
import org.elasticsearch.search.vectors.KnnVectorQueryBuilder;
import org.elasticsearch.search.vectors.RescoreVectorBuilder;
import org.elasticsearch.search.vectors.VectorData;
import org.elasticsearch.search.vectors.VectorSimilarityQuery;
import org.elasticsearch.test.AbstractQueryTestCase;
import org.elasticsearch.test.client.NoOpClient;
import org.elasticsearch.threadpool.TestThreadPool;
import org.junit.function.ThrowingRunnable;
import org.sightline.query.QueryServices;
import org.sightline.query.input.InputSource;
import org.sightline.query.input.QueryInput;
import org.sightline.query.input.WeightedInput;
import org.sightline.query.testing.Json;
import org.sightline.query.testing.ScriptedInference;
import org.sightline.query.testing.TestIndices;
import org.sightline.query.testing.TestQueryPlugin;
import org.sightline.query.testing.TestServices;

/** Elasticsearch's contract for queries, and what is peculiar to this one. */
public class ImageTextQueryBuilderTests extends AbstractQueryTestCase<ImageTextQueryBuilder> {
  private static final String VECTOR_FIELD = "photo_vector";

  private final QueryServices services = TestServices.create();

  @Override
  protected Collection<Class<? extends Plugin>> getPlugins() {
    return List.of(TestQueryPlugin.class);
  }

  @Override
  protected void initializeAdditionalMappings(MapperService mapperService) throws IOException {
    String mapping =
        Strings.format(
            """
            {"properties": {"%s": {"type": "dense_vector", "dims": %d, "index": true,
              "similarity": "cosine", "index_options": {"type": "hnsw"}}}}
            """,
            VECTOR_FIELD, ScriptedInference.DIMENSIONS);
    mapperService.merge(
        "_doc", new CompressedXContent(mapping), MapperService.MergeReason.MAPPING_UPDATE);
  }

  @Override
  protected ImageTextQueryBuilder doCreateTestQueryBuilder() {
    List<WeightedInput> inputs = new ArrayList<>();
    for (int i = randomIntBetween(1, 3); i > 0; i--) {
      inputs.add(
          new WeightedInput(
              new InputSource.Text(randomAlphaOfLengthBetween(3, 9)), randomFrom(1f, 0.5f, -2f)));
    }
    Integer k = randomBoolean() ? null : randomIntBetween(1, 100);
    List<QueryBuilder> filters = new ArrayList<>();
    for (int i = randomIntBetween(0, 2); i > 0; i--) {
      filters.add(QueryBuilders.termQuery(KEYWORD_FIELD_NAME, randomAlphaOfLength(4)));
    }
    KnnOptions options =
        new KnnOptions(
            VECTOR_FIELD,
            "emoji-clip",
            new QueryInput(inputs),
            k,
            randomBoolean() ? null : randomIntBetween(k == null ? 10 : k, 1000),
            randomBoolean() ? null : randomFloatBetween(0, 100, true),
            randomBoolean() ? null : randomFloat(),
            randomBoolean() ? null : new RescoreVectorBuilder(randomFrom(0f, 1f, 2.5f)),
            null);
    return new ImageTextQueryBuilder(options, filters, services);
  }

  @Override
  protected void doAssertLuceneQuery(
      ImageTextQueryBuilder builder, Query query, SearchExecutionContext context) {
    if (builder.options().similarity() != null) {
      assertThat(query, instanceOf(VectorSimilarityQuery.class));
      VectorSimilarityQuery similarity = (VectorSimilarityQuery) query;
      assertEquals(builder.options().similarity(), similarity.getSimilarity(), 0f);
      query = similarity.getInnerKnnQuery();
    }
    assertThat(query, instanceOf(ESKnnFloatVectorQuery.class));
    Integer k = builder.options().k();
    // Elasticsearch's default is the size of the search, here that of one that names none
    assertEquals(k == null ? 10 : k, ((ESKnnFloatVectorQuery) query).kParam());
  }

  @Override
  public void testMustRewrite() {
    IllegalStateException e =
        expectThrows(
            IllegalStateException.class,
            () -> createTestQueryBuilder().toQuery(createSearchExecutionContext()));
    assertEquals("[image_text] must be rewritten before it is run", e.getMessage());
  }

  public void testRewritesToKnnWithTheEmbedding() {
    List<QueryBuilder> filters = List.of(QueryBuilders.termQuery(KEYWORD_FIELD_NAME, "album"));
    ImageTextQueryBuilder query =
        new ImageTextQueryBuilder(
                new KnnOptions(
                    VECTOR_FIELD,
                    "emoji-clip",
                    QueryInput.text("a cat"),
                    7,
                    70,
                    12.5f,
                    0.25f,
                    new RescoreVectorBuilder(3),
                    null),
                filters,
                services)
            .boost(2f)
            .queryName("cats");
    QueryBuilder expected =
        new KnnVectorQueryBuilder(
                VECTOR_FIELD,
                ScriptedInference.embedding("a cat"),
                7,
                70,
                12.5f,
                new RescoreVectorBuilder(3),
                0.25f)
            .addFilterQueries(filters)
            .boost(2f)
            .queryName("cats");
    KnnVectorQueryBuilder rewritten =
        (KnnVectorQueryBuilder) rewriteAndFetch(query, createQueryRewriteContext());
    assertArrayEquals(
        ScriptedInference.embedding("a cat"), rewritten.queryVector().asFloatVector(), 1e-6f);
    // equal but for the rounding of normalising a normalised vector
    assertEquals(
        expected,
        new KnnVectorQueryBuilder(
                rewritten.getFieldName(),
                VectorData.fromFloats(ScriptedInference.embedding("a cat")),
                rewritten.k(),
                rewritten.numCands(),
                rewritten.visitPercentage(),
                rewritten.rescoreVectorBuilder(),
                rewritten.getVectorSimilarity())
            .addFilterQueries(rewritten.filterQueries())
            .boost(rewritten.boost())
            .queryName(rewritten.queryName()));
  }

  /** In a search of indices with these mappings. */
  private QueryBuilder rewriteOver(QueryBuilder query, String... mappings) {
    try (TestThreadPool threads = createThreadPool()) {
      QueryRewriteContext context =
          new QueryRewriteContext(
              parserConfig(),
              new NoOpClient(threads),
              () -> 0,
              TransportVersion.current(),
              null,
              TestIndices.local(mappings),
              null,
              null,
              null);
      return rewriteAndFetch(query, context);
    }
  }

  private QueryBuilder rewriteOver(String mapping, List<QueryBuilder> filters) {
    return rewriteOver(mapping, filters, null);
  }

  private QueryBuilder rewriteOver(
      String mapping, List<QueryBuilder> filters, InnerHitBuilder innerHits) {
    return rewriteOver(
        new ImageTextQueryBuilder(
                new KnnOptions(
                    "a.v",
                    null,
                    QueryInput.text("a cat"),
                    7,
                    70,
                    12.5f,
                    0.25f,
                    new RescoreVectorBuilder(2),
                    innerHits),
                filters,
                services)
            .boost(2f)
            .queryName("cats"),
        mapping);
  }

  private static String object(String type) {
    return "'a':{"
        + type
        + "'properties':{'v':{'type':'dense_vector','dims':8,"
        + "'meta':{'sightline.model_id':'emoji-blip'}}}}";
  }

  public void testNestedVectorsAreSearchedInANestedQuery() {
    List<QueryBuilder> filters = List.of(QueryBuilders.termQuery(KEYWORD_FIELD_NAME, "album"));
    QueryBuilder knn = rewriteOver(object(""), filters);
    assertThat(knn, instanceOf(KnnVectorQueryBuilder.class));
    QueryBuilder plain = ((KnnVectorQueryBuilder) knn).boost(1).queryName(null);
    assertEquals(
        new NearestNestedQueryBuilder("a", plain, null).boost(2f).queryName("cats"),
        rewriteOver(object("'type':'nested',"), filters));
  }

  public void testInnerHitsAreOfNestedVectors() throws IOException {
    InnerHitBuilder innerHits = new InnerHitBuilder("nearest").setSize(1);
    QueryBuilder nested = rewriteOver(object("'type':'nested',"), List.of(), innerHits);
    Map<String, InnerHitContextBuilder> found = new HashMap<>();
    InnerHitContextBuilder.extractInnerHits(nested, found);
    assertEquals(innerHits, found.get("nearest").innerHitBuilder());
    assertRewriteFails(
        "[inner_hits] show which vector of a [field] in nested objects was nearest, [a.v] is in"
            + " none",
        () -> rewriteOver(object(""), List.of(), innerHits));
  }

  public void testNestedVectorsTravelToShards() throws IOException {
    QueryBuilder knn = QueryBuilders.termQuery("a.place", "1");
    for (InnerHitBuilder hits : new InnerHitBuilder[] {null, new InnerHitBuilder("nearest")}) {
      QueryBuilder query = new NearestNestedQueryBuilder("a", knn, hits).boost(2f).queryName("n");
      QueryBuilder copy = copyNamedWriteable(query, namedWriteableRegistry(), QueryBuilder.class);
      assertEquals(query, copy);
      assertEquals(query.hashCode(), copy.hashCode());
      assertNotEquals(query, new NearestNestedQueryBuilder("b", knn, hits));
    }
  }

  private static void assertRewriteFails(String message, ThrowingRunnable rewrite) {
    assertEquals(message, expectThrows(IllegalArgumentException.class, rewrite).getMessage());
  }

  public void testFieldIsChecked() {
    assertRewriteFails(
        "[field] [a.v] does not exist in [i0], did you mean [a.vv]?",
        () -> rewriteOver("'a':{'properties':{'vv':{'type':'dense_vector'}}}", List.of()));
    assertRewriteFails(
        "[similarity] must be at least 0, the largest distance, where vectors are compared by"
            + " [l2_norm], as [a.v] in index [i0], got [-0.25]",
        () ->
            rewriteOver(
                new ImageTextQueryBuilder(
                    new KnnOptions(
                        "a.v",
                        "emoji-blip",
                        QueryInput.text("a cat"),
                        7,
                        70,
                        null,
                        -0.25f,
                        null,
                        null),
                    List.of(),
                    services),
                "'a':{'properties':{'v':{'type':'dense_vector','similarity':'l2_norm'}}}"));
  }

  public void testNoIndexIsSearched() throws IOException {
    assertThat(
        rewriteOver(
            new ImageTextQueryBuilder(options(QueryInput.text("a cat")), List.of(), services)),
        instanceOf(MatchNoneQueryBuilder.class));
  }

  public void testNestedFiltersAreRefusedOnlyWhereTheFieldIsNested() throws IOException {
    List<QueryBuilder> filters =
        List.of(
            QueryBuilders.matchAllQuery(),
            QueryBuilders.boolQuery()
                .filter(
                    QueryBuilders.nestedQuery("b", QueryBuilders.matchAllQuery(), ScoreMode.None)));
    assertThat(rewriteOver(object(""), filters), instanceOf(KnnVectorQueryBuilder.class));
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class, () -> rewriteOver(object("'type':'nested',"), filters));
    assertEquals(
        "[filter] of [image_text] must not hold a [nested] query where [field] is nested,"
            + " as [a.v] is; use the [knn] section of the search",
        e.getMessage());
  }

  public void testFiltersAreRewritten() {
    ImageTextQueryBuilder query =
        new ImageTextQueryBuilder(
            options(QueryInput.text("a cat")), List.of(new MatchNoneQueryBuilder()), services);
    QueryBuilder rewritten = rewriteAndFetch(query, createQueryRewriteContext());
    assertThat(rewritten, instanceOf(MatchNoneQueryBuilder.class));
  }

  public void testEqualInputsAreEmbeddedOnce() {
    TestServices counting = TestServices.create();
    QueryBuilder both =
        QueryBuilders.boolQuery()
            .should(
                new ImageTextQueryBuilder(options(QueryInput.text("a cat")), List.of(), counting))
            .should(
                new ImageTextQueryBuilder(options(QueryInput.text("a cat")), List.of(), counting))
            .should(
                new ImageTextQueryBuilder(options(QueryInput.text("a dog")), List.of(), counting));
    rewriteAndFetch(both, createQueryRewriteContext());
    assertEquals(2, counting.scripted().embedRequests.size());
  }

  private static KnnOptions options(QueryInput input) {
    return new KnnOptions(VECTOR_FIELD, "emoji-clip", input, 10, null, null, null, null, null);
  }

  public void testModelIsRequiredWhereMappingsAreNotKnown() {
    ImageTextQueryBuilder query =
        new ImageTextQueryBuilder(
            new KnnOptions(
                VECTOR_FIELD, null, QueryInput.text("a cat"), null, null, null, null, null, null),
            List.of(),
            services);
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class,
            () -> rewriteAndFetch(query, createQueryRewriteContext()));
    assertEquals(
        "[model_id] is required: no mapping of [photo_vector]"
            + " names a model as [meta][sightline.model_id]",
        e.getMessage());
  }

  public void testDefaults() throws IOException {
    ImageTextQueryBuilder query =
        (ImageTextQueryBuilder)
            parseQuery(
                Json.of(
                    "{'image_text':{'field':'v','input':'a cat',"
                        + "'filter':{'term':{'album':'2026'}}}}"));
    assertEquals(
        new KnnOptions("v", null, QueryInput.text("a cat"), null, null, null, null, null, null),
        query.options());
    assertEquals(List.of(QueryBuilders.termQuery("album", "2026")), query.filters());
  }
}
