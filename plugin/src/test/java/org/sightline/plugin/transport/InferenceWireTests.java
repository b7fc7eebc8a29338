package org.sightline.plugin.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.BytesStreamOutput;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.Writeable;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskCancelHelper;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESTestCase;
import org.sightline.query.WireFormat;
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

/** Round trips by hand: deadlines and arrays have no equality that a base class could use. */
public class InferenceWireTests extends ESTestCase {
  private static final DiscoveryNode NODE = GoldenBytes.node(WireFormat.NEWEST);

  private static <T extends Writeable> T copy(T original, Writeable.Reader<T> reader)
      throws IOException {
    try (BytesStreamOutput out = new BytesStreamOutput()) {
      original.writeTo(out);
      try (StreamInput in = out.bytes().streamInput()) {
        T copy = reader.read(in);
        assertEquals("everything is read", -1, in.read());
        return copy;
      }
    }
  }

  private static <Q> Q copyRequest(NodeCall<Q, ?> call, Q request) throws IOException {
    return copy(new NodeRequest<>(call, NODE, request), NodeRequest.reader(call)).body();
  }

  private static <A> A copyAnswer(NodeCall<?, A> call, A answer) throws IOException {
    NodeAnswer<A> message = new NodeAnswer<>(call, WireFormat.NEWEST, answer, null, 0);
    return copy(message, NodeAnswer.reader(call)).orThrow();
  }

  private static InferenceInput randomInput() {
    return switch (between(0, 2)) {
      case 0 -> new InferenceInput.Text(randomUnicodeOfLengthBetween(0, 20));
      case 1 -> InferenceInput.Image.of(randomByteArrayOfLength(between(0, 50)));
      default -> InferenceInput.Image.reference("ab".repeat(32));
    };
  }

  private static List<InferenceInput> randomInputs() {
    return randomList(1, 10, InferenceWireTests::randomInput);
  }

  private static InferenceException randomFailure() {
    return new InferenceException(
        randomFrom(InferenceException.Kind.values()), randomAlphaOfLength(10));
  }

  private static void assertInputs(List<InferenceInput> expected, List<InferenceInput> actual) {
    assertEquals(expected.size(), actual.size());
    for (int i = 0; i < expected.size(); i++) {
      if (expected.get(i) instanceof InferenceInput.Image image) {
        InferenceInput.Image copy = (InferenceInput.Image) actual.get(i);
        assertEquals(image.digest(), copy.digest());
        assertArrayEquals(image.bytes(), copy.bytes());
      } else {
        assertEquals(expected.get(i), actual.get(i));
      }
    }
  }

  private static void assertFailure(InferenceException expected, InferenceException actual) {
    assertEquals(expected.kind(), actual.kind());
    assertEquals(expected.getMessage(), actual.getMessage());
  }

  public void testEmbedRequest() throws IOException {
    EmbedRequest request =
        new EmbedRequest(
            randomAlphaOfLength(5),
            randomInputs(),
            randomFrom(Purpose.values()),
            Deadline.after(Duration.ofSeconds(randomBoolean() ? 100 : -100)));
    EmbedRequest copy = copyRequest(NodeCall.EMBED, request);
    assertEquals(request.modelId(), copy.modelId());
    assertEquals(request.purpose(), copy.purpose());
    assertInputs(request.inputs(), copy.inputs());
    assertRemaining(request.deadline(), copy.deadline());
  }

  /** Elasticsearch cancels the task when the search it is a child of is cancelled, anywhere. */
  public void testWorkOfACancelledTaskIsAbandoned() throws IOException {
    EmbedRequest request =
        new EmbedRequest(
            "m", randomInputs(), Purpose.SEARCH, Deadline.after(Duration.ofSeconds(100)));
    NodeRequest<EmbedRequest> message = new NodeRequest<>(NodeCall.EMBED, NODE, request);
    message.setParentTask(new TaskId("elsewhere", 7));
    NodeRequest<EmbedRequest> received = copy(message, NodeRequest.reader(NodeCall.EMBED));
    assertEquals(new TaskId("elsewhere", 7), received.getParentTask());
    Task task = received.createTask(1, "t", "a", received.getParentTask(), Map.of());
    assertFalse(received.body().deadline().abandoned());
    TaskCancelHelper.cancel((CancellableTask) task, "the user went away");
    assertTrue(received.body().deadline().abandoned());
  }

  public void testMatchRequest() throws IOException {
    MatchRequest request =
        new MatchRequest(
            randomAlphaOfLength(5),
            randomInput(),
            randomInputs(),
            randomFrom(Purpose.values()),
            Deadline.after(Duration.ofSeconds(100)));
    MatchRequest copy = copyRequest(NodeCall.MATCH, request);
    assertEquals(request.modelId(), copy.modelId());
    assertEquals(request.purpose(), copy.purpose());
    assertInputs(List.of(request.query()), List.of(copy.query()));
    assertInputs(request.inputs(), copy.inputs());
    assertRemaining(request.deadline(), copy.deadline());
  }

  /** The remaining time travels: the copy ends later by what the journey took, and not earlier. */
  private static void assertRemaining(Deadline original, Deadline copy) {
    long later = copy.remaining().toNanos() - original.remaining().toNanos();
    assertTrue("later by " + later, later >= 0 && later < Duration.ofSeconds(50).toNanos());
  }

  public void testEmbedResponse() throws IOException {
    List<Outcome<Embedding>> outcomes = new ArrayList<>();
    for (int i = 0; i < between(0, 8); i++) {
      if (randomBoolean()) {
        outcomes.add(Outcome.failure(randomFailure()));
      } else {
        outcomes.add(
            Outcome.success(
                new Embedding(randomList(1, 3, () -> new float[] {randomFloat(), randomFloat()}))));
      }
    }
    EmbedResponse response = new EmbedResponse(randomAlphaOfLength(5), 2, outcomes);
    EmbedResponse copy = copyAnswer(NodeCall.EMBED, response);
    assertEquals(response.modelId(), copy.modelId());
    assertEquals(2, copy.dimensions());
    assertEquals(outcomes.size(), copy.results().size());
    for (int i = 0; i < outcomes.size(); i++) {
      if (outcomes.get(i) instanceof Outcome.Failure<Embedding> failure) {
        Outcome<Embedding> copied = copy.results().get(i);
        assertFailure(failure.error(), expectThrows(InferenceException.class, copied::orThrow));
      } else {
        List<float[]> expected = outcomes.get(i).orThrow().vectors();
        List<float[]> actual = copy.results().get(i).orThrow().vectors();
        assertEquals(expected.size(), actual.size());
        for (int v = 0; v < expected.size(); v++) {
          assertArrayEquals(expected.get(v), actual.get(v), 0f);
        }
      }
    }
  }

  public void testMatchResponse() throws IOException {
    List<Outcome<MatchScore>> outcomes =
        randomList(
            1,
            8,
            () ->
                Outcome.success(
                    new MatchScore(
                        randomFloat(), randomFloat(), randomBoolean() ? null : randomFloat())));
    MatchResponse response =
        new MatchResponse(
            randomAlphaOfLength(5),
            outcomes,
            new MatchStats(
                randomNonNegativeInt(),
                randomNonNegativeInt(),
                randomNonNegativeInt(),
                randomNonNegativeLong(),
                randomNonNegativeLong(),
                0,
                null));
    long took = randomNonNegativeLong();
    NodeAnswer<MatchResponse> copy =
        copy(
            new NodeAnswer<>(NodeCall.MATCH, WireFormat.NEWEST, response, null, took),
            NodeAnswer.reader(NodeCall.MATCH));
    assertEquals(response, copy.orThrow());
    assertEquals(took, copy.tookNanos());
  }

  public void testFailureOfTheWholeRequest() throws IOException {
    InferenceException failure = randomFailure();
    NodeAnswer<EmbedResponse> embed =
        copy(
            new NodeAnswer<>(NodeCall.EMBED, WireFormat.NEWEST, null, failure, 0),
            NodeAnswer.reader(NodeCall.EMBED));
    assertFailure(failure, expectThrows(InferenceException.class, embed::orThrow));
    long took = randomNonNegativeLong();
    NodeAnswer<MatchResponse> match =
        copy(
            new NodeAnswer<>(NodeCall.MATCH, WireFormat.NEWEST, null, failure, took),
            NodeAnswer.reader(NodeCall.MATCH));
    assertEquals(took, match.tookNanos());
    assertFailure(failure, expectThrows(InferenceException.class, match::orThrow));
  }

  /** Each option set or not; what excludes each other is not set together. */
  private static CaptionOptions randomOptions() {
    boolean drawn = randomBoolean();
    return new CaptionOptions(
        randomBoolean() ? null : randomUnicodeOfLengthBetween(0, 20),
        randomBoolean() ? null : between(1, 16),
        drawn || randomBoolean() ? null : between(1, 16),
        randomBoolean() ? null : between(2, 4096),
        randomBoolean() ? null : between(0, 4096),
        randomBoolean() ? null : randomDoubleBetween(0.1, 10, true),
        randomBoolean() ? null : randomDoubleBetween(-10, 10, true),
        drawn ? randomDoubleBetween(0.1, 1, true) : null,
        drawn && randomBoolean() ? randomLong() : null);
  }

  public void testCaptionRequest() throws IOException {
    for (int i = 0; i < 50; i++) {
      CaptionRequest request =
          new CaptionRequest(
              randomAlphaOfLength(5),
              List.of(
                  InferenceInput.Image.of(randomByteArrayOfLength(between(0, 50))),
                  InferenceInput.Image.reference("ab".repeat(32))),
              randomOptions(),
              randomFrom(Purpose.values()),
              Deadline.after(Duration.ofSeconds(100)));
      CaptionRequest copy = copyRequest(NodeCall.CAPTION, request);
      assertEquals(request.modelId(), copy.modelId());
      assertEquals(request.options(), copy.options());
      assertEquals(request.purpose(), copy.purpose());
      assertArrayEquals(request.images().get(0).bytes(), copy.images().get(0).bytes());
      assertEquals(request.images().get(1), copy.images().get(1));
      assertTrue(copy.deadline().remaining().compareTo(Duration.ofSeconds(50)) > 0);
    }
  }

  public void testCaptionResponse() throws IOException {
    CaptionResponse response =
        new CaptionResponse(
            randomAlphaOfLength(5),
            List.of(
                Outcome.success(
                    randomList(1, 5, () -> new Caption(randomUnicodeOfLength(10), randomFloat()))),
                Outcome.success(List.of())));
    assertEquals(response, copyAnswer(NodeCall.CAPTION, response));
    CaptionResponse failed =
        new CaptionResponse(
            "m", List.of(Outcome.failure(InferenceException.invalid("is not an image"))));
    Outcome<List<Caption>> copied = copyAnswer(NodeCall.CAPTION, failed).results().get(0);
    InferenceException e = expectThrows(InferenceException.class, copied::orThrow);
    assertEquals("is not an image", e.getMessage());
  }
}
