package org.sightline.runtime;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.batch.CaptionJob;
import org.sightline.runtime.batch.CaptionPlan;
import org.sightline.runtime.batch.CaptionRunner;
import org.sightline.runtime.batch.TextStage;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.generation.Decoding;
import org.sightline.runtime.inference.Caption;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.CaptionResponse;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.model.NativeParts;
import org.sightline.runtime.onnx.Runs;
import org.sightline.runtime.onnx.SessionSettings;
import org.sightline.runtime.scheduler.Admission;
import org.sightline.runtime.scheduler.BatchQueue;
import org.sightline.runtime.scheduler.RequestContext;
import org.sightline.runtime.scheduler.Scheduler;
import org.sightline.runtime.stats.RuntimeMetrics;
import org.sightline.runtime.stats.TimeHistogram;

/** Requests for captions, beyond what they say. */
class CaptionTest extends RuntimeTestCase {
  private static final String CAPTIONER = "tiny-blip-captioner";

  private LocalRuntime captioner() {
    return open(limits(), GoldenTest.folder(CAPTIONER));
  }

  private static CaptionOptions beams(int beams, int captions, Integer longest) {
    return new CaptionOptions(null, captions, beams, longest, 0, null, null, null, null);
  }

  private static CaptionOptions drawn(Long seed) {
    return new CaptionOptions(null, 3, null, null, 0, null, null, 0.9, seed);
  }

  private static CaptionRequest request(
      String model, CaptionOptions options, InferenceInput.Image... images) {
    return new CaptionRequest(
        model, List.of(images), options, Purpose.CAPTION, Deadline.after(PATIENCE));
  }

  @Test
  void requestsThatAreDecodedDifferentlyShareABatch() throws Exception {
    LocalRuntime runtime = manual(limits(), GoldenTest.folder(CAPTIONER));
    List<CaptionOptions> options = List.of(beams(1, 1, 9), beams(4, 3, 20), beams(2, 1, null));
    InferenceInput.Image[] images = {image("emoji-cat.png"), image("scene-91x17.png")};
    List<CompletionStage<CaptionResponse>> together =
        options.stream()
            .map(option -> runtime.inference().caption(request(CAPTIONER, option, images)))
            .toList();
    runAll();
    for (int i = 0; i < options.size(); i++) {
      for (int j = 0; j < images.length; j++) {
        CompletionStage<CaptionResponse> alone =
            runtime.inference().caption(request(CAPTIONER, options.get(i), images[j]));
        runAll();
        assertEquals(texts(get(alone), 0), texts(get(together.get(i)), j));
      }
    }
    long inputs = runtime.stats().roles().get(Role.CAPTION_DECODER).inputs();
    long batches = runtime.stats().roles().get(Role.CAPTION_DECODER).batches();
    assertEquals(12, inputs);
    assertTrue(batches < 12, batches + " batches");
    assertEquals(0, runtime.openLeases());
    runtime.close();
  }

  private static List<String> texts(CaptionResponse response, int index) {
    return response.results().get(index).orThrow().stream().map(Caption::text).toList();
  }

  @Test
  void drawnCaptionsAreThoseOfTheImage() throws Exception {
    LocalRuntime runtime = captioner();
    List<InferenceInput.Image> cat = List.of(image("emoji-cat.png"));
    List<Outcome<List<Caption>>> once = captions(runtime, CAPTIONER, cat, drawn(null));
    assertEquals(once, captions(runtime, CAPTIONER, cat, drawn(null)));
    assertEquals(3, once.get(0).orThrow().size());
    assertNotEquals(
        captions(runtime, CAPTIONER, cat, drawn(1L)), captions(runtime, CAPTIONER, cat, drawn(2L)));
  }

  @Test
  void anImageThatIsNoneFailsAlone() throws Exception {
    LocalRuntime runtime = captioner();
    InferenceInput.Image broken = InferenceInput.Image.of(new byte[] {1, 2, 3, 4});
    List<InferenceInput.Image> images =
        List.of(image("emoji-cat.png"), broken, image("emoji-heart.png"));
    List<Outcome<List<Caption>>> results =
        captions(runtime, CAPTIONER, images, CaptionOptions.DEFAULTS);
    assertEquals(1, results.get(0).orThrow().size());
    assertEquals(Kind.INVALID_INPUT, failure(results.get(1)).kind());
    assertEquals(1, results.get(2).orThrow().size());
    assertEquals(0, runtime.stats().roles().get(Role.CAPTION_DECODER).queueDepth());
  }

  @Test
  void aKnownImageNeedsNoBytes() throws Exception {
    LocalRuntime runtime = captioner();
    InferenceInput.Image cat = image("emoji-cat.png");
    List<InferenceInput.Image> reference = List.of(InferenceInput.Image.reference(cat.digest()));
    CaptionOptions options = CaptionOptions.DEFAULTS;
    assertEquals(
        Kind.IMAGE_REQUIRED,
        failure(captions(runtime, CAPTIONER, reference, options).get(0)).kind());
    List<Outcome<List<Caption>>> sent = captions(runtime, CAPTIONER, List.of(cat), options);
    assertEquals(sent, captions(runtime, CAPTIONER, reference, options));
  }

  @Test
  void requestsThatCannotBeServed() throws Exception {
    LocalRuntime runtime = open(limits(), Golden.FIXTURES, GoldenTest.folder(CAPTIONER));
    InferenceInput.Image cat = image("emoji-cat.png");
    InferenceException unsupported =
        failure(runtime.inference().caption(request(CLIP, CaptionOptions.DEFAULTS, cat)));
    assertEquals(Kind.UNSUPPORTED, unsupported.kind());
    InferenceException longest =
        failure(runtime.inference().caption(request(CAPTIONER, beams(3, 1, 25), cat)));
    assertEquals(Kind.INVALID_INPUT, longest.kind());
    CaptionOptions prompted =
        new CaptionOptions("a photo of", null, null, 4, 0, null, null, null, null);
    InferenceException prompt =
        failure(runtime.inference().caption(request(CAPTIONER, prompted, cat)));
    assertEquals(
        "[prompt] has [4] tokens with the first one, which leaves none of [max_length] [4]",
        prompt.getMessage());
    assertEquals(Kind.INVALID_INPUT, prompt.kind());
    InferenceException embedding = failure(runtime.inference().embed(embedRequest(CAPTIONER, cat)));
    assertEquals(Kind.UNSUPPORTED, embedding.kind());
  }

  /** Nothing of a request is tokenized on the thread of its caller. */
  @Test
  void thePromptIsTokenizedByAJob() throws Exception {
    LocalRuntime runtime = manual(limits(), GoldenTest.folder(CAPTIONER));
    CompletionStage<?> loaded = runtime.load(CAPTIONER);
    runAll();
    get(loaded);
    CaptionOptions prompted =
        new CaptionOptions("a photo of", null, null, 4, 0, null, null, null, null);
    CompletionStage<CaptionResponse> answer =
        runtime.inference().caption(request(CAPTIONER, prompted, image("emoji-cat.png")));
    assertFalse(answer.toCompletableFuture().isDone(), "the prompt is known to be too long");
    runAll();
    assertEquals(Kind.INVALID_INPUT, failure(answer).kind());
  }

  @Test
  void aFullQueueRefusesTheWholeRequest() throws Exception {
    LocalRuntime runtime = manual(limits().withQueues(10, 2, 2), GoldenTest.folder(CAPTIONER));
    CompletionStage<CaptionResponse> first =
        runtime
            .inference()
            .caption(request(CAPTIONER, CaptionOptions.DEFAULTS, image("emoji-cat.png")));
    preparing.runOne(); // loads; the image is queued
    InferenceInput.Image heart = image("emoji-heart.png");
    InferenceException full =
        failure(
            runtime.inference().caption(request(CAPTIONER, CaptionOptions.DEFAULTS, heart, heart)));
    assertEquals(Kind.OVERLOADED, full.kind());
    runAll();
    assertEquals(1, get(first).results().size());
    assertEquals(0, runtime.stats().roles().get(Role.CAPTION_DECODER).queueDepth());
    assertEquals(0, runtime.stats().roles().get(Role.IMAGE_TOKENS).queueDepth());
    runtime.close();
  }

  /** A request that is given up between two tokens ends there; its neighbour goes on. */
  @Test
  void aRequestThatIsGivenUpStopsBetweenTokens() {
    BatchRun run = new BatchRun(3);
    run.runner.accept(List.of(run.given, run.kept));
    assertEquals(Kind.DEADLINE_EXCEEDED, failure(run.given.result()).kind());
    assertTrue(run.kept.result().isDone());
    assertTrue(run.asked <= 4, "asked [" + run.asked + "] times");
    run.close();
  }

  @Test
  void nobodyWaitingEndsTheRun() {
    BatchRun run = new BatchRun(2);
    run.runner.accept(List.of(run.given));
    assertEquals(2, run.time.snapshot().count(), "runs of the graph");
    run.close();
  }

  /** One batch through the runner, without queues. */
  private static final class BatchRun {
    private final NativeParts parts =
        NativeParts.open(
            Bundle.read(GoldenTest.folder(CAPTIONER).resolve(CAPTIONER)),
            SessionSettings.SINGLE,
            1,
            new Runs());
    private final TimeHistogram time = new TimeHistogram();
    private final CaptionRunner runner;
    private final CaptionJob given;
    private final CaptionJob kept;
    private int asked;

    BatchRun(int stepsUntilGivenUp) {
      TextStage stage =
          new TextStage(parts.tokenizer(), parts.manifest().text(), new RuntimeMetrics());
      runner = new CaptionRunner(parts.graph(Role.CAPTION_DECODER), stage, time);
      CaptionPlan plan =
          new CaptionPlan(
              Decoding.of(beams(1, 1, 20), parts.manifest().caption(), 24), List.of(198L));
      // tokens under which the model does not end soon
      float[] values = new float[17 * 32];
      ImageFeatures features = new ImageFeatures(null, new ImageFeatures.Tokens(values, 17, 32));
      given =
          new CaptionJob(
              context(() -> asked++ >= stepsUntilGivenUp), permit(), () -> plan, features, 1);
      kept = new CaptionJob(context(() -> false), permit(), () -> plan, features, 1);
    }

    private static Admission.Permit permit() {
      Admission admission = new Admission(Purpose.CAPTION, HeapAccount.NONE, () -> {});
      BatchQueue<CaptionJob> queue =
          new BatchQueue<>(
              CAPTIONER,
              Role.CAPTION_DECODER,
              new BatchQueue.Bounds(QueueLimits.DEFAULTS.of(Role.CAPTION_DECODER), 1, 1, 1, 0),
              new Scheduler(Runnable::run, Runnable::run),
              batch -> {},
              new RuntimeMetrics());
      return admission.plan(queue, 1);
    }

    private static RequestContext context(BooleanSupplier done) {
      return new RequestContext() {
        @Override
        public Purpose purpose() {
          return Purpose.CAPTION;
        }

        @Override
        public Deadline deadline() {
          return Deadline.after(Duration.ofMinutes(1));
        }

        @Override
        public boolean done() {
          return done.getAsBoolean();
        }
      };
    }

    void close() {
      parts.close();
    }
  }
}
