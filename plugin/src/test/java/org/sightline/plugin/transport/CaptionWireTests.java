package org.sightline.plugin.transport;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;

public class CaptionWireTests extends ESTestCase {

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

  public void testRequest() throws IOException {
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
      CaptionRequest copy =
          InferenceWireTests.copy(
                  new NodeRequest<>(NodeCall.CAPTION, request),
                  NodeRequest.reader(NodeCall.CAPTION))
              .body();
      assertEquals(request.modelId(), copy.modelId());
      assertEquals(request.options(), copy.options());
      assertEquals(request.purpose(), copy.purpose());
      assertArrayEquals(request.images().get(0).bytes(), copy.images().get(0).bytes());
      assertEquals(request.images().get(1), copy.images().get(1));
      assertTrue(copy.deadline().remaining().compareTo(Duration.ofSeconds(50)) > 0);
    }
  }

  public void testResponse() throws IOException {
    CaptionResponse response =
        new CaptionResponse(
            randomAlphaOfLength(5),
            List.of(
                Outcome.success(
                    randomList(1, 5, () -> new Caption(randomUnicodeOfLength(10), randomFloat()))),
                Outcome.success(List.of())));
    assertEquals(
        response,
        InferenceWireTests.copy(
                NodeAnswer.success(NodeCall.CAPTION, response), NodeAnswer.reader(NodeCall.CAPTION))
            .orThrow());
    CaptionResponse failed =
        new CaptionResponse(
            "m", List.of(Outcome.failure(InferenceException.invalid("is not an image"))));
    Outcome<List<Caption>> copied =
        InferenceWireTests.copy(
                NodeAnswer.success(NodeCall.CAPTION, failed), NodeAnswer.reader(NodeCall.CAPTION))
            .orThrow()
            .results()
            .get(0);
    InferenceException e = expectThrows(InferenceException.class, copied::orThrow);
    assertEquals("is not an image", e.getMessage());
  }
}
