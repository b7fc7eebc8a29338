package org.sightline.plugin;

import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.plugins.ActionPlugin;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.threadpool.ExecutorBuilder;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.query.WireFormat;

public class SightlinePluginTests extends ESTestCase {

  public void testOnlyInferenceNodesAnnounceTheirDevice() {
    assertEquals(
        Settings.builder()
            .put("node.attr.sightline.format", WireFormat.NEWEST.number())
            .put("node.attr.sightline.device", "cpu")
            .build(),
        new SightlinePlugin(Settings.EMPTY).additionalSettings());
    Settings off = Settings.builder().put("sightline.inference.enabled", false).build();
    assertEquals(
        Settings.builder().put("node.attr.sightline.format", WireFormat.NEWEST.number()).build(),
        new SightlinePlugin(off).additionalSettings());
  }

  public void testTheFormatIsNotTheUsersToSet() {
    SightlinePlugin plugin =
        new SightlinePlugin(Settings.builder().put("node.attr.sightline.format", 7).build());
    Exception e = expectThrows(IllegalArgumentException.class, plugin::additionalSettings);
    assertEquals(
        "[node.attr.sightline.format] must not be set, got [7]: the plugin sets it to the newest"
            + " format of messages that it reads",
        e.getMessage());
  }

  public void testPoolsAreBounded() {
    SightlinePlugin plugin = new SightlinePlugin(Settings.EMPTY);
    ThreadPool threadPool =
        new TestThreadPool(
            getTestName(),
            plugin.getExecutorBuilders(Settings.EMPTY).toArray(ExecutorBuilder<?>[]::new));
    try {
      for (String name : Set.of(SightlinePlugin.PREPARE_POOL, SightlinePlugin.INFER_POOL)) {
        assertEquals(1000L, threadPool.info(name).getQueueSize().longValue());
      }
      int concurrent = threadPool.info(SightlinePlugin.INFER_POOL).getMax();
      assertTrue("[" + concurrent + "]", concurrent >= 2 && concurrent <= 4);
    } finally {
      ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    }
  }

  public void testNamesOfActionsArePrivileges() {
    Set<String> names = new TreeSet<>();
    for (ActionPlugin.ActionHandler handler : new SightlinePlugin(Settings.EMPTY).getActions()) {
      names.add(handler.getAction().name());
    }
    assertEquals(
        Set.of(
            "internal:sightline/inference/embed",
            "internal:sightline/inference/match",
            "internal:sightline/inference/caption",
            "cluster:admin/sightline/inference/embed",
            "cluster:admin/sightline/inference/match",
            "cluster:admin/sightline/inference/caption",
            "cluster:admin/sightline/inference/classify",
            "cluster:admin/sightline/model/load",
            "cluster:admin/sightline/model/unload",
            "cluster:admin/sightline/model/put",
            "cluster:admin/sightline/model/put_part",
            "cluster:admin/sightline/model/delete",
            "internal:sightline/models/announce",
            "internal:sightline/models/refresh",
            "cluster:monitor/sightline/models",
            "cluster:monitor/sightline/stats"),
        names);
  }
}
