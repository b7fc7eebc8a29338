package org.sightline.plugin.settings;

import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.common.settings.ClusterSettings;
import org.elasticsearch.common.settings.Setting;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.core.TimeValue;
import org.elasticsearch.monitor.jvm.JvmInfo;
import org.elasticsearch.monitor.os.OsProbe;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.limits.QueueLimits;
import org.sightline.runtime.limits.RuntimeLimits;
import org.sightline.runtime.onnx.Device;
import org.sightline.runtime.onnx.SessionSettings;

public class SightlineSettingsTests extends ESTestCase {

  private static Settings of(String key, String value) {
    return Settings.builder().put(key, value).build();
  }

  private static void assertRefused(Setting<?> setting, String value, String message) {
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class, () -> setting.get(of(setting.getKey(), value)));
    assertEquals(message, e.getMessage());
  }

  private static void assertOutside(Setting<?> setting, String value, String rule) {
    assertRefused(
        setting,
        value,
        "Failed to parse value [" + value + "] for setting [" + setting.getKey() + "] " + rule);
  }

  public void testDefaultsAreThoseOfTheRuntime() {
    RuntimeLimits limits = SightlineSettings.limits(Settings.EMPTY);
    long heap = JvmInfo.jvmInfo().getMem().getHeapMax().getBytes();
    RuntimeLimits expected =
        RuntimeLimits.defaults()
            .withCaches((long) (heap * 0.1), 10_000)
            .withModelBytes(limits.modelBytes())
            .withSessions(
                new SessionSettings(EsExecutors.allocatedProcessors(Settings.EMPTY), Device.AUTO));
    assertEquals(expected, limits);
    long machine = OsProbe.getInstance().getTotalPhysicalMemorySize();
    assertEquals(0.4, (double) limits.modelBytes() / machine, 1e-6);
    assertTrue(SightlineSettings.INFERENCE_ENABLED.get(Settings.EMPTY));
    Map<String, Boolean> enabledByRole =
        Map.of("master", false, "data_hot", true, "ingest", true, "ml", false);
    enabledByRole.forEach(
        (role, enabled) -> {
          Settings settings = Settings.builder().putList("node.roles", role).build();
          assertEquals(role, enabled, SightlineSettings.INFERENCE_ENABLED.get(settings));
        });
    Settings coordinating = Settings.builder().putList("node.roles").build();
    assertFalse(SightlineSettings.INFERENCE_ENABLED.get(coordinating));
    assertEquals(Device.Kind.CPU, SightlineSettings.DEVICE.get(Settings.EMPTY).expected());
    assertEquals(
        TimeValue.timeValueSeconds(30), SightlineSettings.INFERENCE_TIMEOUT.get(Settings.EMPTY));
    assertEquals(
        TimeValue.timeValueMinutes(10), SightlineSettings.INGEST_TIMEOUT.get(Settings.EMPTY));
  }

  public void testPreload() {
    assertEquals(List.of("auto"), SightlineSettings.PRELOAD.get(Settings.EMPTY));
    Settings none = Settings.builder().putList("sightline.models.preload").build();
    assertEquals(List.of(), SightlineSettings.PRELOAD.get(none));
    assertEquals(
        List.of("*", "emoji-clip"),
        SightlineSettings.PRELOAD.get(of("sightline.models.preload", "*,emoji-clip")));
    assertRefused(
        SightlineSettings.PRELOAD,
        "Emoji Clip",
        "[sightline.models.preload] must list ids of models, or be [auto] or [*], got [Emoji Clip]");
  }

  public void testEverySettingReachesTheRuntime() {
    Settings settings =
        Settings.builder()
            .put("sightline.image.max_bytes", "3kb")
            .put("sightline.image.max_pixels", 4)
            .put("sightline.request.max_inputs", 5)
            .put("sightline.inference.queue_size", 6)
            .put("sightline.inference.queue.image_pixels", 61)
            .put("sightline.inference.queue.text_tokens", 62)
            .put("sightline.inference.queue.match_pairs", 63)
            .put("sightline.inference.queue.caption_tokens", 64)
            .put("sightline.inference.max_batch", 7)
            .put("sightline.cache.features.size", "8b")
            .put("sightline.cache.text.entries", 9)
            .put("sightline.inference.threads", 10)
            .put("sightline.inference.threads_per_allocation", 3)
            .put("sightline.inference.device", "cpu")
            .put("sightline.model.memory", "2kb")
            .build();
    assertEquals(
        new RuntimeLimits(
            3072,
            4,
            5,
            new QueueLimits(6, 61, 62, 63, 64),
            7,
            8,
            9,
            2048,
            new SessionSettings(10, 3, Device.CPU)),
        SightlineSettings.limits(settings));
    assertEquals("seven inputs are one run", 1, SightlineSettings.allocations(settings));
    assertEquals(
        3,
        SightlineSettings.allocations(
            Settings.builder().put(settings).remove("sightline.inference.max_batch").build()));
    assertEquals(
        "as many pairs as inputs, unless they are told apart",
        5,
        SightlineSettings.limits(of("sightline.inference.queue_size", "5")).queues().matchPairs());
  }

  public void testBadValues() {
    assertRefused(
        SightlineSettings.DEVICE,
        "cuda",
        "[sightline.inference.device] is [cuda], but this build has ONNX Runtime for CPU only,"
            + " expected [auto] or [cpu]");
    assertRefused(
        SightlineSettings.DEVICE,
        "gpu",
        "[sightline.inference.device] must be one of [auto, cpu, cuda, cuda:INDEX], got [gpu]");
    assertRefused(
        SightlineSettings.FEATURE_DISK_STORAGE,
        "fp8",
        "[sightline.cache.features.disk.storage] must be one of [float32, float16, int8], got"
            + " [fp8]");
    assertOutside(SightlineSettings.QUEUE_SIZE, "0", "must be >= 1");
    for (Setting<?> work :
        List.of(
            SightlineSettings.QUEUE_IMAGE_PIXELS,
            SightlineSettings.QUEUE_TEXT_TOKENS,
            SightlineSettings.QUEUE_CAPTION_TOKENS)) {
      for (String value : List.of("0", "-1", "1000000000001", "1gb")) {
        assertRefused(
            work,
            value,
            "["
                + work.getKey()
                + "] must be a whole number from 1 to 1000000000000, got ["
                + value
                + "]");
      }
    }
    assertOutside(SightlineSettings.QUEUE_MATCH_PAIRS, "1000001", "must be <= 1000000");
    assertOutside(SightlineSettings.MAX_BATCH, "1025", "must be <= 1024");
    assertOutside(SightlineSettings.THREADS, "0", "must be >= 1");
    assertOutside(SightlineSettings.THREADS_PER_ALLOCATION, "0", "must be >= 1");
    Settings more =
        Settings.builder()
            .put("sightline.inference.threads", 4)
            .put("sightline.inference.threads_per_allocation", 5)
            .build();
    IllegalArgumentException e =
        expectThrows(
            IllegalArgumentException.class,
            () -> SightlineSettings.THREADS_PER_ALLOCATION.get(more));
    assertEquals(
        "[sightline.inference.threads_per_allocation] must be at most"
            + " [sightline.inference.threads], which is [4], got [5]",
        e.getMessage());
    assertRefused(
        SightlineSettings.IMAGE_MAX_BYTES,
        "2gb",
        "failed to parse value [2gb] for setting [sightline.image.max_bytes], must be <= [1gb]");
    assertOutside(SightlineSettings.IMAGE_MAX_PIXELS, "0", "must be >= 1");
    assertOutside(SightlineSettings.TEXT_CACHE_ENTRIES, "-1", "must be >= 0");
    assertRefused(
        SightlineSettings.INFERENCE_TIMEOUT,
        "0s",
        "failed to parse value [0s] for setting [sightline.inference.timeout], must be >= [1ms]");
    assertRefused(
        SightlineSettings.SLOW_MATCH_WARN,
        "-2",
        "failed to parse setting [sightline.match.slowlog.threshold.warn] with value [-2] as a"
            + " time value: unit is missing or unrecognized");
  }

  public void testOnlyTimeoutsAndThresholdsAreDynamic() {
    ClusterSettings cluster =
        new ClusterSettings(Settings.EMPTY, new HashSet<>(SightlineSettings.all()));
    Set<String> dynamic = new HashSet<>();
    for (Setting<?> setting : SightlineSettings.all()) {
      assertTrue(setting.getKey(), setting.getKey().startsWith("sightline."));
      assertTrue(setting.getKey(), setting.hasNodeScope());
      if (cluster.isDynamicSetting(setting.getKey())) {
        dynamic.add(setting.getKey());
      }
    }
    assertEquals(
        Set.of(
            "sightline.inference.timeout",
            "sightline.ingest.timeout",
            "sightline.match.slowlog.threshold.warn",
            "sightline.match.slowlog.threshold.info"),
        dynamic);
    assertEquals(
        Duration.ofMillis(1500), SightlineSettings.duration(TimeValue.timeValueMillis(1500)));
  }
}
