package org.sightline.plugin.settings;

import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.cluster.node.DiscoveryNodeRole;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Setting.Property;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.unit.RelativeByteSizeValue;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.monitor.os.OsProbe;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.features.Storage;
import org.sightline.runtime.limits.LoadBounds;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.RunSizes;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.SessionSettings;

/** Definitions of all settings that begin with {@code sightline.}. */
public final class SightlineSettings {
  private static final int MAX_QUEUE_SIZE = 1_000_000;

  /** So large that nothing reaches it, so small that the sum over models and nodes is a number. */
  private static final long MAX_QUEUE_WORK = 1_000_000_000_000L;

  /** Whether this node runs models; by default nodes do that hold data or run pipelines. */
  public static final Setting<Boolean> INFERENCE_ENABLED =
      Setting.boolSetting(
          "sightline.inference.enabled",
          settings -> Boolean.toString(holdsDataOrIngests(settings)),
          Property.NodeScope);

  /** What models run on. */
  public static final Setting<Device> DEVICE =
      new Setting<>(
          "sightline.inference.device",
          Device.AUTO.kind().name().toLowerCase(Locale.ROOT),
          SightlineSettings::device,
          Property.NodeScope);

  private static final String THREADS_KEY = "sightline.inference.threads";

  private static final String THREADS_PER_ALLOCATION_KEY =
      "sightline.inference.threads_per_allocation";

  /** Threads that the runs of one graph take together. */
  public static final Setting<Integer> THREADS =
      new Setting<>(
          THREADS_KEY,
          settings -> Integer.toString(EsExecutors.allocatedProcessors(settings)),
          value -> Setting.parseInt(value, 1, 1024, THREADS_KEY),
          Property.NodeScope);

  /** Threads of one run where many images or pairs wait. */
  public static final Setting<Integer> THREADS_PER_ALLOCATION =
      new Setting<>(
          THREADS_PER_ALLOCATION_KEY,
          "1",
          value -> Setting.parseInt(value, 1, 1024, THREADS_PER_ALLOCATION_KEY),
          new AtMost(THREADS_PER_ALLOCATION_KEY, THREADS),
          Property.NodeScope);

  /** Inputs that may wait for one role of one model, but for matching. */
  public static final Setting<Integer> QUEUE_SIZE =
      Setting.intSetting(
          QueueLimits.INPUTS, QueueLimits.DEFAULTS.inputs(), 1, MAX_QUEUE_SIZE, Property.NodeScope);

  /** Pixels of the pictures that may wait for one model. */
  public static final Setting<Long> QUEUE_IMAGE_PIXELS =
      work(QueueLimits.IMAGE_PIXELS, QueueLimits.DEFAULTS.imagePixels());

  /** Tokens of the texts that may wait for one role of one model. */
  public static final Setting<Long> QUEUE_TEXT_TOKENS =
      work(QueueLimits.TEXT_TOKENS, QueueLimits.DEFAULTS.textTokens());

  /** Pairs of text and image that may wait for one model. */
  public static final Setting<Integer> QUEUE_MATCH_PAIRS =
      Setting.intSetting(
          QueueLimits.MATCH_PAIRS, QUEUE_SIZE, 1, MAX_QUEUE_SIZE, Property.NodeScope);

  /** Tokens that the captions which wait for one model may have. */
  public static final Setting<Long> QUEUE_CAPTION_TOKENS =
      work(QueueLimits.CAPTION_TOKENS, QueueLimits.DEFAULTS.captionTokens());

  /** Most inputs of one run of a graph. */
  public static final Setting<Integer> MAX_BATCH =
      Setting.intSetting("sightline.inference.max_batch", 32, 1, 1024, Property.NodeScope);

  /** How long a search, or a call of the REST interface, waits for a model. */
  public static final Setting<TimeValue> INFERENCE_TIMEOUT =
      timeout("sightline.inference.timeout", TimeValue.timeValueSeconds(30));

  /** How long a document of a pipeline waits for its embeddings. */
  public static final Setting<TimeValue> INGEST_TIMEOUT =
      timeout("sightline.ingest.timeout", TimeValue.timeValueMinutes(10));

  /** From when on a rerank is logged as a warning; -1 for never. */
  public static final Setting<TimeValue> SLOW_MATCH_WARN = slowMatch("warn");

  /** From when on a rerank is logged; -1 for never. */
  public static final Setting<TimeValue> SLOW_MATCH_INFO = slowMatch("info");

  /** Largest encoded image. */
  public static final Setting<ByteSizeValue> IMAGE_MAX_BYTES =
      Setting.byteSizeSetting(
          "sightline.image.max_bytes",
          ByteSizeValue.ofMb(20),
          ByteSizeValue.ONE,
          ByteSizeValue.ofGb(1),
          Property.NodeScope);

  /** Width times height of the largest image. */
  public static final Setting<Long> IMAGE_MAX_PIXELS =
      Setting.longSetting("sightline.image.max_pixels", 100_000_000L, 1, Property.NodeScope);

  /** Bytes of all loaded models' bundles together; a percentage is of the machine's memory. */
  public static final Setting<RelativeByteSizeValue> MODEL_MEMORY =
      new Setting<>(
          "sightline.model.memory",
          "40%",
          value ->
              RelativeByteSizeValue.parseRelativeByteSizeValue(value, "sightline.model.memory"),
          Property.NodeScope);

  /** How long loading a model may take. */
  public static final Setting<TimeValue> MODEL_LOAD_TIMEOUT =
      Setting.timeSetting(
          "sightline.model.load_timeout",
          TimeValue.timeValueMillis(LoadBounds.DEFAULT_TIMEOUT.toMillis()),
          TimeValue.timeValueSeconds(1),
          TimeValue.timeValueHours(24),
          Property.NodeScope);

  /** In place of ids: all models. */
  public static final String PRELOAD_ALL = "*";

  /** In place of ids: models that a mapping or a pipeline names. */
  public static final String PRELOAD_USED = "auto";

  /** Models that are loaded after the start, before anybody asks for them. */
  public static final Setting<List<String>> PRELOAD =
      Setting.listSetting(
          "sightline.models.preload",
          List.of(PRELOAD_USED),
          SightlineSettings::preload,
          Property.NodeScope);

  /** Most inputs of one request. */
  public static final Setting<Integer> MAX_INPUTS =
      Setting.intSetting("sightline.request.max_inputs", 1000, 1, 100_000, Property.NodeScope);

  /** Heap for image tokens; 0 for no cache. */
  public static final Setting<ByteSizeValue> FEATURE_CACHE_SIZE =
      Setting.memorySizeSetting("sightline.cache.features.size", "10%", Property.NodeScope);

  /** Local disk for image tokens; 0 for none. */
  public static final Setting<ByteSizeValue> FEATURE_DISK_SIZE =
      Setting.byteSizeSetting(
          "sightline.cache.features.disk.size",
          ByteSizeValue.ofGb(1),
          ByteSizeValue.ZERO,
          ByteSizeValue.ofTb(1024),
          Property.NodeScope);

  /** How image tokens are stored on disk. */
  public static final Setting<Storage> FEATURE_DISK_STORAGE =
      new Setting<>(
          "sightline.cache.features.disk.storage",
          Storage.FLOAT16.id(),
          value ->
              Storage.fromId(value)
                  .orElseThrow(
                      () ->
                          new IllegalArgumentException(
                              "[sightline.cache.features.disk.storage] must be one of "
                                  + Storage.ids()
                                  + ", got ["
                                  + value
                                  + "]")),
          Property.NodeScope);

  /** Cached embeddings of texts; 0 for no cache. */
  public static final Setting<Integer> TEXT_CACHE_ENTRIES =
      Setting.intSetting("sightline.cache.text.entries", 10_000, 0, 10_000_000, Property.NodeScope);

  /** Whether this node serves the page to search with. */
  public static final Setting<Boolean> APP_ENABLED =
      Setting.boolSetting("sightline.app.enabled", true, Property.NodeScope);

  /** Heap for thumbnails of the page; 0 for no cache. */
  public static final Setting<ByteSizeValue> THUMBNAIL_CACHE_SIZE =
      Setting.memorySizeSetting("sightline.thumbnails.cache.size", "1%", Property.NodeScope);

  private static boolean holdsDataOrIngests(Settings settings) {
    return DiscoveryNode.getRolesFromSettings(settings).stream()
        .anyMatch(role -> role.canContainData() || role == DiscoveryNodeRole.INGEST_ROLE);
  }

  private SightlineSettings() {}

  /** All of them, for registration. */
  public static List<Setting<?>> all() {
    return List.of(
        INFERENCE_ENABLED,
        DEVICE,
        THREADS,
        THREADS_PER_ALLOCATION,
        QUEUE_SIZE,
        QUEUE_IMAGE_PIXELS,
        QUEUE_TEXT_TOKENS,
        QUEUE_MATCH_PAIRS,
        QUEUE_CAPTION_TOKENS,
        MAX_BATCH,
        INFERENCE_TIMEOUT,
        INGEST_TIMEOUT,
        SLOW_MATCH_WARN,
        SLOW_MATCH_INFO,
        IMAGE_MAX_BYTES,
        IMAGE_MAX_PIXELS,
        MAX_INPUTS,
        MODEL_MEMORY,
        MODEL_LOAD_TIMEOUT,
        PRELOAD,
        FEATURE_CACHE_SIZE,
        FEATURE_DISK_SIZE,
        FEATURE_DISK_STORAGE,
        TEXT_CACHE_ENTRIES,
        APP_ENABLED,
        THUMBNAIL_CACHE_SIZE);
  }

  private static Setting<TimeValue> timeout(String key, TimeValue otherwise) {
    return Setting.timeSetting(
        key,
        otherwise,
        TimeValue.timeValueMillis(1),
        TimeValue.timeValueHours(24),
        Property.NodeScope,
        Property.Dynamic);
  }

  private static Setting<TimeValue> slowMatch(String level) {
    return Setting.timeSetting(
        "sightline.match.slowlog.threshold." + level,
        TimeValue.MINUS_ONE,
        TimeValue.MINUS_ONE,
        Property.NodeScope,
        Property.Dynamic);
  }

  /** Runs of one graph that may go on at the same time. */
  public static int allocations(Settings settings) {
    return RunSizes.of(sessions(settings), MAX_BATCH.get(settings)).runs();
  }

  private static SessionSettings sessions(Settings settings) {
    return new SessionSettings(
        THREADS.get(settings), THREADS_PER_ALLOCATION.get(settings), DEVICE.get(settings));
  }

  /** The bounds of this node's runtime. */
  public static RuntimeLimits limits(Settings settings) {
    return new RuntimeLimits(
        IMAGE_MAX_BYTES.get(settings).getBytes(),
        IMAGE_MAX_PIXELS.get(settings),
        MAX_INPUTS.get(settings),
        new QueueLimits(
            QUEUE_SIZE.get(settings),
            QUEUE_IMAGE_PIXELS.get(settings),
            QUEUE_TEXT_TOKENS.get(settings),
            QUEUE_MATCH_PAIRS.get(settings),
            QUEUE_CAPTION_TOKENS.get(settings)),
        MAX_BATCH.get(settings),
        FEATURE_CACHE_SIZE.get(settings).getBytes(),
        TEXT_CACHE_ENTRIES.get(settings),
        modelBytes(settings),
        sessions(settings));
  }

  private static Setting<Long> work(String key, long otherwise) {
    return new Setting<>(
        key,
        Long.toString(otherwise),
        value -> {
          long work;
          try {
            work = Long.parseLong(value);
          } catch (NumberFormatException e) {
            work = 0;
          }
          if (work < 1 || work > MAX_QUEUE_WORK) {
            throw new IllegalArgumentException(
                "["
                    + key
                    + "] must be a whole number from 1 to "
                    + MAX_QUEUE_WORK
                    + ", got ["
                    + value
                    + "]");
          }
          return work;
        },
        Property.NodeScope);
  }

  /** At least one byte, so that a machine that does not tell its memory is no error. */
  private static long modelBytes(Settings settings) {
    ByteSizeValue total =
        ByteSizeValue.ofBytes(Math.max(1, OsProbe.getInstance().getTotalPhysicalMemorySize()));
    return Math.max(1, MODEL_MEMORY.get(settings).calculateValue(total, null).getBytes());
  }

  private static String preload(String value) {
    if (value.equals(PRELOAD_ALL) || BundleManifest.isId(value)) {
      return value;
    }
    throw new IllegalArgumentException(
        "[sightline.models.preload] must list ids of models, or be ["
            + PRELOAD_USED
            + "] or ["
            + PRELOAD_ALL
            + "], got ["
            + value
            + "]");
  }

  private static Device device(String value) {
    Device device = Device.parse("sightline.inference.device", value);
    if (device.kind() == Device.Kind.CUDA && Device.buildHasCuda() == false) {
      throw new IllegalArgumentException(
          "[sightline.inference.device] is ["
              + value
              + "], but this build has ONNX Runtime for CPU only, expected [auto] or [cpu]");
    }
    return device;
  }

  /** Elasticsearch's time value as a duration. */
  public static Duration duration(TimeValue value) {
    return Duration.ofMillis(value.millis());
  }

  /** Allows a number only up to that of another setting. */
  private record AtMost(String key, Setting<Integer> bound) implements Setting.Validator<Integer> {

    @Override
    public void validate(Integer value) {
      // what is wrong on its own the setting's parser says
    }

    @Override
    public void validate(Integer value, Map<Setting<?>, Object> settings) {
      Object most = settings.get(bound);
      if (value > (Integer) most) {
        throw new IllegalArgumentException(
            "["
                + key
                + "] must be at most ["
                + bound.getKey()
                + "], which is ["
                + most
                + "], got ["
                + value
                + "]");
      }
    }

    @Override
    public Iterator<Setting<?>> settings() {
      return List.<Setting<?>>of(bound).iterator();
    }
  }
}
