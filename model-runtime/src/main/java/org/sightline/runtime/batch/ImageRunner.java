package org.sightline.runtime.batch;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.sightline.runtime.features.ImageFeatures;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.onnx.InputTensor;
import org.sightline.runtime.onnx.OutputTensor;
import org.sightline.runtime.stats.TimeHistogram;

/**
 * Runs images through the graphs of {@code image_embedding} and {@code image_tokens}; where one
 * graph serves both, one run gives both, and an image that is in a batch several times is run once.
 * Thread-safe.
 */
public final class ImageRunner implements Consumer<List<ImageJob>> {
  private final RoleGraph embedding;
  private final RoleGraph tokens;
  private final ImageStage stage;
  private final int dimensions;
  private final TimeHistogram time;
  private final BufferPool pool = new BufferPool();

  /**
   * @param embedding null where the model has no such role
   * @param tokens null where the model has no such role
   */
  public ImageRunner(
      RoleGraph embedding, RoleGraph tokens, ImageStage stage, int dimensions, TimeHistogram time) {
    this.embedding = embedding;
    this.tokens = tokens;
    this.stage = stage;
    this.dimensions = dimensions;
    this.time = time;
  }

  /** Outputs of a batch; either may be null. */
  private record Outputs(OutputTensor embeddings, OutputTensor tokens) {}

  @Override
  public void accept(List<ImageJob> batch) {
    pool.lend(buffers -> run(batch, buffers.images()));
  }

  private void run(List<ImageJob> batch, DirectBuffers buffers) {
    List<List<ImageJob>> distinct = byDigest(batch);
    List<byte[]> prepared = distinct.stream().map(jobs -> jobs.getFirst().takePrepared()).toList();
    Map<String, InputTensor> inputs = Map.of("pixels", stage.pixels(prepared, buffers));
    boolean wantsTokens = tokens != null && batch.stream().anyMatch(ImageJob::wantsTokens);
    Outputs outputs = run(inputs, distinct.size(), wantsTokens);
    for (int i = 0; i < distinct.size(); i++) {
      answer(distinct.get(i), outputs, i);
    }
  }

  /** Jobs of the same image, in the order of the first one of each. */
  private static List<List<ImageJob>> byDigest(List<ImageJob> batch) {
    Map<String, List<ImageJob>> byDigest = new LinkedHashMap<>();
    for (ImageJob job : batch) {
      byDigest.computeIfAbsent(job.digest(), digest -> new ArrayList<>()).add(job);
    }
    return List.copyOf(byDigest.values());
  }

  /** The jobs of one image share its features, which nobody changes. */
  private void answer(List<ImageJob> jobs, Outputs outputs, int index) {
    ImageFeatures features;
    try {
      features = features(outputs, index, jobs.stream().anyMatch(ImageJob::wantsTokens));
    } catch (InferenceException e) {
      jobs.forEach(job -> job.fail(e));
      return;
    }
    jobs.forEach(job -> job.succeed(features));
  }

  private Outputs run(Map<String, InputTensor> inputs, int items, boolean wantsTokens) {
    if (!wantsTokens) {
      return new Outputs(embeddings(inputs, items), null);
    }
    if (embedding != null && embedding.session() == tokens.session()) {
      Map<String, OutputTensor> both = embedding.runBoth(inputs, tokens, items, time);
      return new Outputs(
          both.get(embedding.spec().outputs().get("embedding")),
          both.get(tokens.spec().outputs().get("tokens")));
    }
    return new Outputs(embeddings(inputs, items), tokens.run(inputs, "tokens", items, time));
  }

  private OutputTensor embeddings(Map<String, InputTensor> inputs, int items) {
    return embedding == null ? null : embedding.run(inputs, "embedding", items, time);
  }

  private ImageFeatures features(Outputs outputs, int index, boolean wantsTokens) {
    Embedding vectors =
        outputs.embeddings() == null
            ? null
            : Vectors.embedding(outputs.embeddings().item(index), dimensions);
    if (!wantsTokens || outputs.tokens() == null) {
      return new ImageFeatures(vectors, null);
    }
    long[] shape = outputs.tokens().shape();
    return new ImageFeatures(
        vectors,
        new ImageFeatures.Tokens(
            outputs.tokens().item(index), Math.toIntExact(shape[1]), Math.toIntExact(shape[2])));
  }
}
