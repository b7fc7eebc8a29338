package org.sightline.plugin.app;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import org.elasticsearch.ResourceNotFoundException;
import org.elasticsearch.client.internal.node.NodeClient;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.rest.BaseRestHandler;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.settings.SightlineSettings;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.limits.HeapAccount;

/** What the node answers for the page. */
public final class AppHandlers {
  private AppHandlers() {}

  /**
   * Reads the page's files.
   *
   * @param decoder within the node's limits
   * @param heap asked before a picture is read or decoded
   */
  public static List<RestHandler> of(
      Settings settings, ImageDecoder decoder, HeapAccount heap, ThreadPool threadPool) {
    if (SightlineSettings.APP_ENABLED.get(settings) == false) {
      return List.of(new SwitchedOff());
    }
    Thumbnails thumbnails =
        new Thumbnails(
            decoder,
            SightlineSettings.IMAGE_MAX_BYTES.get(settings).getBytes(),
            SightlineSettings.THUMBNAIL_CACHE_SIZE.get(settings).getBytes(),
            EsExecutors.allocatedProcessors(settings),
            heap,
            threadPool.generic(),
            threadPool.getThreadContext());
    return List.of(
        new AppHandler(AppFiles.read(AppHandlers::resource)), new ThumbnailHandler(thumbnails));
  }

  /** A file of the page, from the jar of this class. */
  static byte[] resource(String name) {
    try (InputStream in = AppHandlers.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the page has no file [" + name + "]");
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says why there is no page. */
  private static final class SwitchedOff extends BaseRestHandler {
    @Override
    public String getName() {
      return "sightline_app_switched_off";
    }

    @Override
    public List<Route> routes() {
      return List.of(
          new Route(RestRequest.Method.GET, AppHandler.PATH),
          new Route(RestRequest.Method.GET, AppHandler.FILE),
          new Route(RestRequest.Method.GET, ThumbnailHandler.PATH));
    }

    @Override
    protected RestChannelConsumer prepareRequest(RestRequest request, NodeClient client) {
      throw new ResourceNotFoundException(
          "the page is switched off on this node: [{}] is [false]",
          SightlineSettings.APP_ENABLED.getKey());
    }
  }
}
