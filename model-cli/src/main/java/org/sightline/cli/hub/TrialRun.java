package org.sightline.cli.hub;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.sightline.runtime.LocalRuntime;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.inference.CaptionOptions;
import org.sightline.runtime.inference.CaptionRequest;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.MatchRequest;
import org.sightline.runtime.inference.MatchScore;
import org.sightline.runtime.inference.Outcome;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.model.ModelStatus;

/**
 * Opens a bundle as a node does and runs every role once that the runtime serves: files against
 * their hashes, graphs against the manifest, then a generated picture and a text, then the bundle's
 * own samples where it has any.
 */
public final class TrialRun implements GoldenSamples.Runner {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final String TEXT = "a photo of a cat";
  private static final int PICTURE_WIDTH = 96;
  private static final int PICTURE_HEIGHT = 64;

  private final LocalRuntime runtime;
  private final Bundle bundle;

  private TrialRun(LocalRuntime runtime, Bundle bundle) {
    this.runtime = runtime;
    this.bundle = bundle;
  }

  /**
   * Runs the bundle; everything native is closed afterwards.
   *
   * @param executor prepares and infers; at least one thread that is not the caller's
   * @return what came of the bundle's own samples, for people; empty where it has none
   * @throws BundleException when it cannot be opened, a run fails, or a sample differs
   */
  public static Optional<String> check(Bundle bundle, Executor executor) {
    RuntimeLimits limits = RuntimeLimits.defaults().withCaches(0, 0);
    try (LocalRuntime runtime =
        LocalRuntime.open(List.of(bundle.folder().getParent()), limits, executor, executor)) {
      TrialRun trial = new TrialRun(runtime, bundle);
      trial.run();
      Optional<String> samples = GoldenSamples.read(bundle).map(found -> found.check(trial));
      get(runtime.unload(bundle.manifest().id()));
      return samples;
    } catch (InferenceException e) {
      throw new BundleException(e, "the trial run failed: %s", e.getMessage());
    }
  }

  private void run() {
    String id = bundle.manifest().id();
    ModelStatus status = get(runtime.load(id));
    if (status.state() != ModelStatus.State.LOADED) {
      throw new BundleException(status.reason());
    }
    InferenceInput.Image picture = InferenceInput.Image.of(picture());
    InferenceInput text = new InferenceInput.Text(TEXT);
    once(Role.IMAGE_EMBEDDING, "embedding", () -> embed(picture));
    once(Role.TEXT_EMBEDDING, "embedding", () -> embed(text));
    once(Role.MATCHING, "logits", () -> match(text, picture));
    once(Role.CAPTION_DECODER, "logits", () -> caption(picture));
  }

  @Override
  public Embedding embed(InferenceInput input) {
    EmbedRequest request =
        new EmbedRequest(
            bundle.manifest().id(), List.of(input), Purpose.INGEST, Deadline.after(PATIENCE));
    return get(runtime.inference().embed(request)).results().get(0).orThrow();
  }

  @Override
  public MatchScore match(InferenceInput text, InferenceInput image) {
    MatchRequest request =
        new MatchRequest(
            bundle.manifest().id(), text, List.of(image), Purpose.INGEST, Deadline.after(PATIENCE));
    return get(runtime.inference().match(request)).results().get(0).orThrow();
  }

  private void caption(InferenceInput.Image image) {
    CaptionRequest request =
        new CaptionRequest(
            bundle.manifest().id(),
            List.of(image),
            CaptionOptions.DEFAULTS,
            Purpose.INGEST,
            Deadline.after(PATIENCE));
    get(runtime.inference().caption(request)).results().forEach(Outcome::orThrow);
  }

  /**
   * Runs a role where the bundle has it; what fails, such as numbers that are not finite, names
   * output and file.
   */
  private void once(Role role, String output, Runnable run) {
    if (!bundle.manifest().has(role)) {
      return;
    }
    try {
      run.run();
    } catch (InferenceException e) {
      RoleSpec spec = bundle.manifest().role(role).orElseThrow();
      throw new BundleException(
          e,
          "the trial run failed at role [%s], output [%s] of the graph [%s]: %s",
          role.id(),
          spec.outputs().get(output),
          spec.file(),
          e.getMessage());
    }
  }

  /** A PNG with a colour gradient, wider than high so that a crop has something to do. */
  private static byte[] picture() {
    BufferedImage image =
        new BufferedImage(PICTURE_WIDTH, PICTURE_HEIGHT, BufferedImage.TYPE_INT_RGB);
    for (int y = 0; y < PICTURE_HEIGHT; y++) {
      for (int x = 0; x < PICTURE_WIDTH; x++) {
        int red = 255 * x / PICTURE_WIDTH;
        int green = 255 * y / PICTURE_HEIGHT;
        image.setRGB(x, y, red << 16 | green << 8 | 255 - red);
      }
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageIO.write(image, "png", out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static <T> T get(CompletionStage<T> stage) {
    try {
      return stage.toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof InferenceException cause) {
        throw cause;
      }
      throw new BundleException(e, "the trial run failed: %s", e.getCause());
    } catch (TimeoutException e) {
      throw new BundleException(e, "the trial run did not end within %s", PATIENCE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BundleException("the trial run was interrupted", e);
    }
  }
}
