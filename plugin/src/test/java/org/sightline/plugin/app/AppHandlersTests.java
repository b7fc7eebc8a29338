package org.sightline.plugin.app;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.test.rest.FakeRestChannel;
import org.elasticsearch.test.rest.FakeRestRequest;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.limits.HeapAccount;

public class AppHandlersTests extends ESTestCase {

  private static List<RestHandler> handlers(Settings settings, ThreadPool threadPool) {
    ImageDecoder decoder = new ImageDecoder(1, 1, 1);
    return AppHandlers.of(settings, decoder, HeapAccount.NONE, threadPool);
  }

  public void testTheSameAddressesWhetherSwitchedOnOrOff() {
    ThreadPool threadPool = new TestThreadPool(getTestName());
    try {
      Settings off = Settings.builder().put("sightline.app.enabled", false).build();
      assertEquals(paths(handlers(Settings.EMPTY, threadPool)), paths(handlers(off, threadPool)));
    } finally {
      threadPool.shutdownNow();
    }
  }

  private static Map<String, Long> paths(List<RestHandler> handlers) {
    return handlers.stream()
        .flatMap(handler -> handler.routes().stream())
        .collect(
            Collectors.groupingBy(
                route -> route.getMethod() + " " + route.getPath(), Collectors.counting()));
  }

  public void testSwitchedOffSaysSo() {
    Settings off = Settings.builder().put("sightline.app.enabled", false).build();
    FakeRestRequest request = new FakeRestRequest();
    FakeRestChannel channel = new FakeRestChannel(request, true);
    for (RestHandler handler : handlers(off, null)) {
      ResourceNotFoundException e =
          expectThrows(
              ResourceNotFoundException.class, () -> handler.handleRequest(request, channel, null));
      assertEquals(
          "the page is switched off on this node: [sightline.app.enabled] is [false]",
          e.getMessage());
    }
  }
}
