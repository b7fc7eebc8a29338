package org.sightline.plugin;

import static org.elasticsearch.test.hamcrest.ElasticsearchAssertions.assertAcked;
import static org.hamcrest.Matchers.endsWith;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.elasticsearch.action.ActionFuture;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.bulk.BulkItemResponse;
import org.elasticsearch.action.bulk.BulkRequest;
import org.elasticsearch.action.bulk.BulkResponse;
import org.elasticsearch.action.bulk.TransportBulkAction;
import org.elasticsearch.action.index.IndexRequest;
import org.elasticsearch.action.support.SubscribableListener;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.core.PathUtils;
import org.elasticsearch.plugins.Plugin;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.test.ESIntegTestCase;
import org.elasticsearch.test.ESIntegTestCase.ClusterScope;
import org.elasticsearch.test.transport.MockTransportService;
import org.sightline.plugin.transport.NodeCall;

/** Inference of a bulk request is a child of its task, also on another node. */
@ClusterScope(scope = ESIntegTestCase.Scope.TEST, numDataNodes = 0, numClientNodes = 0)
public class CancelledBulkIT extends ESIntegTestCase {
  private static final Path FIXTURES = PathUtils.get("../model-runtime/src/test/fixtures");

  @Override
  protected Collection<Class<? extends Plugin>> nodePlugins() {
    return List.of(SightlinePlugin.class, MockTransportService.TestPlugin.class);
  }

  @Override
  protected Path nodeConfigPath(int nodeOrdinal) {
    Path config = createTempDir();
    try (Stream<Path> files = Files.list(FIXTURES.resolve("tiny-clip"))) {
      Path bundle = Files.createDirectories(config.resolve("sightline/models/tiny-clip"));
      for (Path file : files.toList()) {
        Files.copy(file, bundle.resolve(file.getFileName().toString()));
      }
      return config;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void testInferenceStopsWithTheBulkRequest() throws Exception {
    String coordinator =
        internalCluster()
            .startNode(Settings.builder().put("sightline.inference.enabled", false).build());
    String inference = internalCluster().startNode();
    putJsonPipeline(
        "photos",
        """
        {"processors": [{"image_text_embedding": {
          "model_id": "tiny-clip",
          "input_output": {
            "input_field": "photo", "input_type": "image", "output_field": "vector"}}}]}
        """);
    assertAcked(
        prepareCreate("photos")
            .setSettings(Settings.builder().put("index.default_pipeline", "photos")));
    CountDownLatch begun = new CountDownLatch(1);
    SubscribableListener<Void> cancelled = new SubscribableListener<>();
    MockTransportService.getInstance(inference)
        .addRequestHandlingBehavior(
            NodeCall.EMBED.action().name(),
            (handler, request, channel, task) -> {
              // inference begins when its task has been cancelled, and not before
              ((CancellableTask) task).addListener(() -> cancelled.onResponse(null));
              cancelled.addListener(
                  ActionListener.running(
                      () -> {
                        try {
                          handler.messageReceived(request, channel, task);
                        } catch (Exception e) {
                          throw new AssertionError(e);
                        }
                      }));
              begun.countDown();
            });
    byte[] picture = Files.readAllBytes(FIXTURES.resolve("images/emoji-cat.png"));
    BulkRequest bulk =
        new BulkRequest()
            .add(
                new IndexRequest("photos")
                    .source("photo", Base64.getEncoder().encodeToString(picture)));
    ActionFuture<BulkResponse> response = internalCluster().client(coordinator).bulk(bulk);
    safeAwait(begun);
    clusterAdmin().prepareCancelTasks().setActions(TransportBulkAction.NAME).get();
    safeAwait(cancelled);
    BulkItemResponse item = response.actionGet().getItems()[0];
    assertThat(
        item.getFailureMessage(), endsWith("the request was cancelled before inference began"));
  }
}
