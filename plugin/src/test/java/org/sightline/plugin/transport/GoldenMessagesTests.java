package org.sightline.plugin.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.apache.lucene.search.Explanation;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.io.stream.NamedWriteableRegistry;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.index.query.MatchAllQueryBuilder;
import org.elasticsearch.search.SearchModule;
import org.elasticsearch.search.vectors.RescoreVectorBuilder;
import org.elasticsearch.test.ESTestCase;
import org.sightline.plugin.SightlinePlugin;
import org.sightline.query.WireFormat;
import org.sightline.query.input.InputSource;
import org.sightline.query.input.QueryInput;
import org.sightline.query.input.WeightedInput;
import org.sightline.query.knn.ImageTextEmbeddingVectorBuilder;
import org.sightline.query.knn.ImageTextQueryBuilder;
import org.sightline.query.knn.KnnOptions;
import org.sightline.query.knn.NearestNestedQueryBuilder;
import org.sightline.query.match.MatchedDoc;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchResponse;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.MatchStats;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

/** Inference and queries as released versions of the plugin write them. */
public class GoldenMessagesTests extends ESTestCase {
  /** Of a deadline between 18 and 2,199 seconds ahead, in nanoseconds. */
  private static final int DEADLINE_BYTES = 6;

  private static final String DIGEST = "ab".repeat(32);
  private static final InferenceInput.Image IMAGE =
      new InferenceInput.Image(new byte[] {1, 2, 3}, DIGEST);

  private static Deadline deadline() {
    return Deadline.after(Duration.ofSeconds(1000));
  }

  private static <Q> Q request(String name, NodeCall<Q, ?> call, Q body) throws IOException {
    Function<WireFormat, NodeRequest<Q>> sample =
        format -> new NodeRequest<>(call, GoldenBytes.node(format), body);
    NodeRequest<Q> read =
        GoldenBytes.of(name).endingWith(DEADLINE_BYTES).check(sample, NodeRequest.reader(call));
    long left = call.deadline().apply(read.body()).remaining().toSeconds();
    assertTrue("[" + left + "]", left > 0 && left <= 1000);
    return read.body();
  }

  private static <A> NodeAnswer<A> answer(
      String name, NodeCall<?, A> call, A result, InferenceException failure) throws IOException {
    return GoldenBytes.of(name)
        .check(
            format -> new NodeAnswer<>(call, format, result, failure, 123_456_789),
            NodeAnswer.reader(call));
  }

  public void testEmbed() throws IOException {
    List<InferenceInput> inputs =
        List.of(
            new InferenceInput.Text("ein Herz ❤"), IMAGE, InferenceInput.Image.reference(DIGEST));
    EmbedRequest asked =
        request(
            "embed_request",
            NodeCall.EMBED,
            new EmbedRequest("emoji-clip", inputs, Purpose.INGEST, deadline()));
    assertEquals("emoji-clip", asked.modelId());
    assertEquals(Purpose.INGEST, asked.purpose());
    assertEquals(3, asked.inputs().size());
    EmbedResponse result =
        new EmbedResponse(
            "emoji-clip",
            2,
            List.of(
                Outcome.success(new Embedding(List.of(new float[] {0.6f, -0.8f}))),
                Outcome.failure(InferenceException.invalid("is not an image"))));
    NodeAnswer<EmbedResponse> answered = answer("embed_answer", NodeCall.EMBED, result, null);
    assertEquals(2, answered.orThrow().dimensions());
    assertEquals(123_456_789, answered.tookNanos());
  }

  public void testMatch() throws IOException {
    MatchRequest asked =
        request(
            "match_request",
            NodeCall.MATCH,
            new MatchRequest(
                "emoji-blip",
                new InferenceInput.Text("a heart"),
                List.of(IMAGE),
                Purpose.RERANK,
                deadline()));
    assertEquals(new InferenceInput.Text("a heart"), asked.query());
    MatchResponse result =
        new MatchResponse(
            "emoji-blip",
            List.of(
                Outcome.success(new MatchScore(-1.5f, 2.25f, 0.25f)),
                Outcome.success(new MatchScore(1f, -1f, null))),
            new MatchStats(1, 2, 3, 4_000_000, 5_000_000, 0, null));
    assertEquals(result, answer("match_answer", NodeCall.MATCH, result, null).orThrow());
  }

  public void testCaption() throws IOException {
    CaptionOptions options = new CaptionOptions("a", 2, null, 20, 3, 1.5, -1.0, 0.9, -7L);
    CaptionRequest asked =
        request(
            "caption_request",
            NodeCall.CAPTION,
            new CaptionRequest("emoji-blip", List.of(IMAGE), options, Purpose.CAPTION, deadline()));
    assertEquals(options, asked.options());
    CaptionResponse result =
        new CaptionResponse(
            "emoji-blip", List.of(Outcome.success(List.of(new Caption("a heart", -0.5f)))));
    assertEquals(result, answer("caption_answer", NodeCall.CAPTION, result, null).orThrow());
  }

  public void testFailure() throws IOException {
    InferenceException failure =
        new InferenceException(InferenceException.Kind.OVERLOADED, "the queue is full");
    NodeAnswer<MatchResponse> read = answer("failure_answer", NodeCall.MATCH, null, failure);
    InferenceException copy = expectThrows(InferenceException.class, read::orThrow);
    assertEquals(failure.kind(), copy.kind());
    assertEquals(failure.getMessage(), copy.getMessage());
  }

  public void testPerNode() throws IOException {
    GoldenBytes.of("node_request")
        .check(format -> new PerNodeRequest(GoldenBytes.nodes(format)), PerNodeRequest::new);
    GoldenBytes.of("node_response")
        .after(GoldenBytes.elasticsearchResponse())
        .check(
            format ->
                new PerNodeResponse(
                    GoldenBytes.node(format), new PerNodeRequest(GoldenBytes.nodes(format))),
            in -> new PerNodeResponse(in, null));
  }

  private static NamedWriteableRegistry registry() {
    SightlinePlugin plugin = new SightlinePlugin(Settings.EMPTY);
    List<NamedWriteableRegistry.Entry> entries = new ArrayList<>(plugin.getNamedWriteables());
    entries.addAll(new SearchModule(Settings.EMPTY, List.of(plugin)).getNamedWriteables());
    return new NamedWriteableRegistry(entries);
  }

  private static <T extends Writeable> T query(String name, T sample, Writeable.Reader<T> reader)
      throws IOException {
    // whatever the format, because nobody knows who receives a query
    T read = GoldenBytes.of(name).with(registry()).check(format -> sample, reader);
    assertEquals(sample, read);
    return read;
  }

  public void testQueries() throws IOException {
    QueryInput input =
        new QueryInput(
            List.of(
                WeightedInput.of(new InputSource.Text("a heart")),
                new WeightedInput(new InputSource.Image("AAEC"), -0.5f),
                WeightedInput.of(new InputSource.Document("photos", "1", "vector", null)),
                WeightedInput.of(new InputSource.Document("photos", "2", "vector", "r"))));
    query(
        "image_text",
        new ImageTextQueryBuilder(
                new KnnOptions(
                    "vector",
                    "emoji-clip",
                    input,
                    10,
                    100,
                    5f,
                    0.5f,
                    new RescoreVectorBuilder(2),
                    null),
                List.of(new MatchAllQueryBuilder()),
                null)
            .boost(2)
            .queryName("hearts"),
        in -> new ImageTextQueryBuilder(in, null));
    query(
        "image_text_embedding",
        new ImageTextEmbeddingVectorBuilder("emoji-clip", input, null),
        in -> ImageTextEmbeddingVectorBuilder.read(in, null));
    NearestNestedQueryBuilder nested =
        GoldenBytes.of("image_text_nested")
            .with(registry())
            .read(1, NearestNestedQueryBuilder::new);
    assertEquals(
        "{\"image_text_nested\":{\"path\":\"pictures\",\"query\":{\"match_all\":{\"boost\":1.0}},"
            + "\"boost\":2.0,\"_name\":\"cats\"}}",
        Strings.toString(nested));
    MatchedDoc doc = GoldenBytes.of("image_text_match_doc").read(1, MatchedDoc::new);
    Explanation why = doc.explain(new Explanation[0], new String[0]);
    assertEquals("is at rank [1], matched by model [emoji-blip]", why.getDescription());
    assertEquals(0.75f, why.getValue());
    assertEquals(2.25f, why.getDetails()[1].getValue());
  }
}
