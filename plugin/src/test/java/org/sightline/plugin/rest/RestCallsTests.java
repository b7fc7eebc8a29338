package org.sightline.plugin.rest;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.elasticsearch.ExceptionsHelper;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.common.ParsingException;
import org.elasticsearch.common.bytes.BytesArray;
import org.elasticsearch.common.bytes.ReleasableBytesReference;
import org.elasticsearch.common.unit.ByteSizeValue;
import org.elasticsearch.common.util.LimitedBreaker;
import org.elasticsearch.common.util.concurrent.EsRejectedExecutionException;
import org.elasticsearch.core.AbstractRefCounted;
import org.elasticsearch.http.HttpBody;
import org.elasticsearch.rest.RestHandler;
import org.elasticsearch.rest.RestRequest;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.test.client.NoOpNodeClient;
import org.elasticsearch.test.rest.FakeRestChannel;
import org.elasticsearch.test.rest.FakeRestRequest;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.node.HeapBreaker;
import org.sightline.runtime.limits.HeapAccount;

/** What the calls hold of a request. */
public class RestCallsTests extends ESTestCase {
  private ThreadPool threadPool;
  private final AtomicBoolean released = new AtomicBoolean();

  @Override
  public void setUp() throws Exception {
    super.setUp();
    threadPool = new TestThreadPool(getTestName());
  }

  @Override
  public void tearDown() throws Exception {
    ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    super.tearDown();
  }

  /** Refuses after the call was prepared: the parameter is unknown. */
  private void send(
      RestHandler call, String contentType, Map<String, String> parameters, String content)
      throws Exception {
    released.set(false);
    ReleasableBytesReference body =
        new ReleasableBytesReference(
            new BytesArray(content), AbstractRefCounted.of(() -> released.set(true)));
    RestRequest request =
        new FakeRestRequest.Builder(xContentRegistry())
            .withHeaders(Map.of("Content-Type", List.of(contentType)))
            .withParams(new HashMap<>(parameters))
            .withBody((HttpBody.Full) () -> body)
            .build();
    NoOpNodeClient client =
        new NoOpNodeClient(threadPool) {
          @Override
          public <Q extends ActionRequest, A extends ActionResponse> void doExecute(
              ActionType<A> action, Q message, ActionListener<A> listener) {
            listener.onFailure(new IllegalStateException("was not stored"));
          }
        };
    try {
      call.handleRequest(request, new FakeRestChannel(request, true), client);
    } finally {
      body.close(); // what Elasticsearch itself holds
    }
  }

  private static RestHandler call(String name) {
    return call(name, new RestCalls.Bounds(8, 1 << 20, HeapAccount.NONE));
  }

  private static RestHandler call(String name, RestCalls.Bounds bounds) {
    return RestCalls.all(bounds).stream()
        .filter(handler -> ((RestCall) handler).getName().equals("sightline_" + name))
        .findFirst()
        .orElseThrow();
  }

  public void testABodyIsReleasedWhenTheCallIsRefused() throws Exception {
    for (String name : List.of("put_model_part", "post_model")) {
      String type = name.equals("post_model") ? "application/zip" : "application/octet-stream";
      Map<String, String> known = Map.of("model_id", "m", "sha256", "0".repeat(64), "part", "0");
      Map<String, String> path = name.equals("post_model") ? Map.of("model_id", "m") : known;
      Map<String, String> unknown = new HashMap<>(path);
      unknown.put("refreshes", "true");
      expectThrows(IllegalArgumentException.class, () -> send(call(name), type, unknown, "a body"));
      assertTrue(name, released.get());
      send(call(name), type, path, "a body");
      assertTrue("and when it has been answered", released.get());
    }
  }

  /** The string of an input is copied three times while it is read. */
  public void testHeapOfParsingIsCharged() throws Exception {
    String body = "{\"input\":\"" + "a".repeat(1000) + "\"}";
    HeapBreaker heap = new HeapBreaker();
    LimitedBreaker breaker = new LimitedBreaker("test", ByteSizeValue.ofBytes(3 * 1000));
    heap.use(breaker);
    String json = "application/json";
    Map<String, String> path = Map.of("model_id", "m");
    RestHandler large = call("embed", new RestCalls.Bounds(8, 1 << 20, heap));
    EsRejectedExecutionException refused =
        expectThrows(EsRejectedExecutionException.class, () -> send(large, json, path, body));
    assertEquals(RestStatus.TOO_MANY_REQUESTS, ExceptionsHelper.status(refused));
    RestHandler small = call("embed", new RestCalls.Bounds(8, 300, heap));
    String wrong = body.replace("}", ",\"more\":1}");
    ParsingException read =
        expectThrows(ParsingException.class, () -> send(small, json, path, wrong));
    assertTrue(read.getMessage(), read.getMessage().startsWith("unknown key [more]"));
    assertEquals(0, breaker.getUsed());
  }
}
