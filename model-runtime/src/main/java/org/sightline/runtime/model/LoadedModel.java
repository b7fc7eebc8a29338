package org.sightline.runtime.model;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.sightline.runtime.batch.CaptionJob;
import org.sightline.runtime.batch.CaptionRunner;
import org.sightline.runtime.batch.ImageJob;
import org.sightline.runtime.batch.ImageRunner;
import org.sightline.runtime.batch.ImageStage;
import org.sightline.runtime.batch.PairJob;
import org.sightline.runtime.batch.PairRunner;
import org.sightline.runtime.batch.RoleGraph;
import org.sightline.runtime.batch.TextFeatures;
import org.sightline.runtime.batch.TextJob;
import org.sightline.runtime.batch.TextRunner;
import org.sightline.runtime.batch.TextStage;
import org.sightline.runtime.batch.Vectors;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.lease.RefCounted;
import org.sightline.runtime.limits.RunSizes;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.Runs;
import org.sightline.runtime.scheduler.BatchQueue;
import org.sightline.runtime.scheduler.Job;
import org.sightline.runtime.stats.RuntimeMetrics.QueueDepth;
import org.sightline.runtime.stats.RuntimeStats.Stage;

/**
 * A model that is ready: its native parts and a queue in front of each. Requests hold a reference
 * while they use it; when the last one ends, native memory is freed and {@link #closed()}
 * completes.
 */
public final class LoadedModel extends RefCounted {
  /** Heap that prepared images of one model may hold. */
  private static final long PREPARED_IMAGE_BYTES = 64L << 20;

  /** A run decodes the beams of so many images; more would keep other models waiting. */
  private static final int MAX_CAPTION_BATCH = 8;

  /** Memory that image tokens may take, on the heap for a request, natively for a batch. */
  private static final long PAIR_TOKEN_BYTES = 64L << 20;

  private final NativeParts parts;
  private final RuntimeContext context;
  private final String fingerprint;
  private final CompletableFuture<Void> closed = new CompletableFuture<>();
  private final TextStage textStage;
  private final ImageStage imageStage;
  private final BatchQueue<ImageJob> images;
  private final BatchQueue<TextJob<Embedding>> texts;
  private final BatchQueue<TextJob<TextFeatures>> textFeatures;
  private final BatchQueue<PairJob> pairs;
  private final BatchQueue<CaptionJob> captions;
  private final int tokensUnderWay;

  private LoadedModel(NativeParts parts, RuntimeContext context) {
    this.parts = parts;
    this.context = context;
    BundleManifest manifest = parts.manifest();
    fingerprint = manifest.fingerprint();
    textStage =
        parts.tokenizer() == null
            ? null
            : new TextStage(parts.tokenizer(), manifest.text(), context.metrics());
    imageStage =
        manifest.image() == null
            ? null
            : new ImageStage(
                context.decoder(),
                new ImagePreprocessor(manifest.image()),
                context.decoding(),
                context.metrics());
    images = imageQueue();
    texts =
        textQueue(
            Role.TEXT_EMBEDDING,
            "embedding",
            (output, i, tokens) -> Vectors.embedding(output.item(i), manifest.dimensions()));
    textFeatures = textQueue(Role.TEXT_FEATURES, "features", TextRunner::features);
    pairs = pairQueue();
    captions = captionQueue();
    tokensUnderWay = imagesUnderWay();
  }

  /**
   * Loads a bundle; slow, runs native code.
   *
   * @param warm whether each graph is run before the model is handed out
   * @param runs gets the runs of its graphs
   * @throws org.sightline.runtime.bundle.BundleException when it cannot be used; nothing stays open
   */
  static LoadedModel load(Bundle bundle, RuntimeContext context, boolean warm, Runs runs) {
    NativeParts parts =
        NativeParts.open(bundle, context.limits().sessions(), context.limits().maxBatch(), runs);
    try {
      LoadedModel model = new LoadedModel(parts, context);
      if (warm) {
        model.warmUp(model.batches());
      }
      return model;
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  private void warmUp(Map<Role, Integer> batches) {
    new WarmUp(parts, textStage, imageStage, batches, WarmUp.patience()).run();
  }

  /** Runs each graph once with one input, while requests may use the model. */
  void warmUpBeside() {
    Map<Role, Integer> single = batches();
    single.replaceAll((role, largest) -> Math.min(largest, 1));
    warmUp(single);
  }

  public BundleManifest manifest() {
    return parts.manifest();
  }

  public String id() {
    return parts.manifest().id();
  }

  /** What each graph file really runs on. */
  SortedMap<String, String> devices() {
    return parts.devices();
  }

  /** Another one for each version of the bundle. */
  public String fingerprint() {
    return fingerprint;
  }

  /** Null where no role takes pixels. */
  public ImageStage imageStage() {
    return imageStage;
  }

  /** Null where no role takes text. */
  public TextStage textStage() {
    return textStage;
  }

  /** Null where the model has neither image embedding nor image tokens. */
  public BatchQueue<ImageJob> images() {
    return images;
  }

  /** Null where the model has no such role. */
  public BatchQueue<TextJob<Embedding>> texts() {
    return texts;
  }

  /** Null where the model has no such role. */
  public BatchQueue<TextJob<TextFeatures>> textFeatures() {
    return textFeatures;
  }

  /** Null where the model has no such role. */
  public BatchQueue<PairJob> pairs() {
    return pairs;
  }

  /** Null where the model has no such role. */
  public BatchQueue<CaptionJob> captions() {
    return captions;
  }

  /** Whether the run that gives an image's embedding gives its tokens as well. */
  public boolean tokensComeWithEmbedding() {
    RoleGraph embedding = parts.graph(Role.IMAGE_EMBEDDING);
    RoleGraph tokens = parts.graph(Role.IMAGE_TOKENS);
    return embedding != null && tokens != null && embedding.session() == tokens.session();
  }

  /** Whether the matching graph takes text features instead of ids. */
  public boolean matchesFeatures() {
    RoleGraph matching = parts.graph(Role.MATCHING);
    return matching != null && matching.takes("features");
  }

  /** How many images of one request may have their tokens on the heap at the same time. */
  public int tokensUnderWay() {
    return tokensUnderWay;
  }

  /**
   * Heap that a request may hold at the same time: its encoded images, their pixels, and the image
   * tokens of those that are under way.
   *
   * @param tokens whether the request needs image tokens
   */
  public long heapBytes(List<? extends InferenceInput> inputs, boolean tokens) {
    long bytes = 0;
    int images = 0;
    for (InferenceInput input : inputs) {
      if (input instanceof InferenceInput.Image image) {
        images++;
        bytes += image.bytes() == null ? 0 : image.bytes().length;
        bytes += image.bytes() == null ? 0 : imageStage.preparedBytes();
      }
    }
    return tokens ? bytes + Math.min(images, tokensUnderWay) * tokenBytes() : bytes;
  }

  private long tokenBytes() {
    RoleGraph matching = parts.graph(Role.MATCHING);
    RoleGraph reader = matching == null ? parts.graph(Role.CAPTION_DECODER) : matching;
    return reader == null ? 0 : tokenBytes(reader);
  }

  /** Completes when native memory has been freed. */
  CompletableFuture<Void> closed() {
    return closed;
  }

  /** Waiting inputs of each role that has a queue. */
  public Map<Role, QueueDepth> depths() {
    return queues(BatchQueue::depth);
  }

  /** Largest batch of each role that has a queue; of both roles of images. */
  private Map<Role, Integer> batches() {
    Map<Role, Integer> batches = queues(BatchQueue::largestBatch);
    if (images != null) {
      batches.put(Role.IMAGE_TOKENS, images.largestBatch());
    }
    return batches;
  }

  private <T> Map<Role, T> queues(Function<BatchQueue<?>, T> read) {
    Map<Role, T> values = new EnumMap<>(Role.class);
    for (BatchQueue<?> queue : Arrays.asList(images, texts, textFeatures, pairs, captions)) {
      if (queue != null) {
        values.put(queue.role(), read.apply(queue));
      }
    }
    return values;
  }

  @Override
  protected void release() {
    try {
      parts.close();
      closed.complete(null);
    } catch (RuntimeException e) {
      closed.completeExceptionally(e);
      throw e;
    }
  }

  private Role imageRole() {
    return manifest().has(Role.IMAGE_EMBEDDING) ? Role.IMAGE_EMBEDDING : Role.IMAGE_TOKENS;
  }

  private BatchQueue<ImageJob> imageQueue() {
    RoleGraph embedding = parts.graph(Role.IMAGE_EMBEDDING);
    RoleGraph tokens = parts.graph(Role.IMAGE_TOKENS);
    if (embedding == null && tokens == null) {
      return null;
    }
    ImageRunner runner =
        new ImageRunner(
            embedding,
            tokens,
            imageStage,
            manifest().dimensions(),
            context.metrics().stage(Stage.INFER));
    long fitting = PREPARED_IMAGE_BYTES / imageStage.preparedBytes();
    int prepared = (int) Math.max(2, Math.min(fitting, 2L * context.limits().maxBatch()));
    int batch = Math.min(prepared, context.limits().maxBatch());
    for (RoleGraph graph : new RoleGraph[] {embedding, tokens}) {
      batch = graph == null ? batch : Math.min(batch, graph.maxBatch());
    }
    return queue(imageRole(), prepared, batch, runner);
  }

  private <T> BatchQueue<TextJob<T>> textQueue(
      Role role, String output, TextRunner.Reading<T> reading) {
    RoleGraph graph = parts.graph(role);
    if (graph == null) {
      return null;
    }
    TextRunner<T> runner =
        new TextRunner<>(graph, output, textStage, reading, context.metrics().stage(Stage.INFER));
    int batch = Math.min(context.limits().maxBatch(), graph.maxBatch());
    return queue(role, context.limits().queues().inputs(), batch, runner);
  }

  private BatchQueue<PairJob> pairQueue() {
    RoleGraph matching = parts.graph(Role.MATCHING);
    if (matching == null) {
      return null;
    }
    int batch = Math.min(imagesThatFit(matching), context.limits().maxBatch());
    return queue(
        Role.MATCHING,
        context.limits().queues().matchPairs(),
        Math.max(1, Math.min(batch, matching.maxBatch())),
        new PairRunner(matching, textStage, context.metrics().stage(Stage.INFER)));
  }

  private BatchQueue<CaptionJob> captionQueue() {
    RoleGraph decoder = parts.graph(Role.CAPTION_DECODER);
    if (decoder == null) {
      return null;
    }
    int fitting = Math.min(imagesThatFit(decoder), Math.min(MAX_CAPTION_BATCH, decoder.maxBatch()));
    return queue(
        Role.CAPTION_DECODER,
        context.limits().queues().inputs(),
        Math.max(1, Math.min(fitting, context.limits().maxBatch())),
        new CaptionRunner(decoder, textStage, context.metrics().stage(Stage.INFER)));
  }

  /** Pairs, or captions, of one request that may hold their image tokens on the heap. */
  private int imagesUnderWay() {
    int fitting = 2 * context.limits().maxBatch();
    for (Role reader : new Role[] {Role.MATCHING, Role.CAPTION_DECODER}) {
      RoleGraph graph = parts.graph(reader);
      fitting = graph == null ? fitting : Math.min(fitting, imagesThatFit(graph));
    }
    return Math.max(1, fitting);
  }

  /** Images whose tokens fit, where their reader says how many there are. */
  private static int imagesThatFit(RoleGraph reader) {
    return (int) Math.min(PAIR_TOKEN_BYTES / tokenBytes(reader), Integer.MAX_VALUE);
  }

  /** Heap of one image's tokens, at least 4. */
  private static long tokenBytes(RoleGraph reader) {
    List<Long> dims = reader.input("tokens").dims();
    return Math.max(1, dims.get(1)) * Math.max(1, dims.get(2)) * Float.BYTES;
  }

  private <J extends Job<?>> BatchQueue<J> queue(
      Role role, int prepared, int batch, Consumer<List<J>> runner) {
    boolean onCpu = parts.graph(role).session().device().kind() == Device.Kind.CPU;
    RuntimeLimits limits = context.limits();
    RunSizes sizes =
        onCpu && NativeParts.runsSideBySide(role)
            ? RunSizes.of(limits.sessions(), limits.maxBatch()).within(batch)
            : new RunSizes(1, limits.sessions().threads(), batch);
    return new BatchQueue<>(
        id(),
        role,
        new BatchQueue.Bounds(
            limits.queues().of(role),
            prepared,
            context.scheduler().runningThreads() == 1
                ? Math.min(sizes.batch(), RunSizes.SMALLEST_BATCH)
                : sizes.batch(),
            sizes.runs(),
            onCpu ? 1 : 0),
        context.scheduler(),
        runner,
        context.metrics());
  }
}
