package org.sightline.plugin.cluster;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.elasticsearch.core.PathUtils;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.threadpool.TestThreadPool;
import org.elasticsearch.threadpool.ThreadPool;
import org.sightline.plugin.node.CallerThread;
import org.sightline.plugin.node.LocalInference;
import org.sightline.plugin.node.ServerPaths;
import org.sightline.runtime.inference.Deadline;
import org.sightline.runtime.inference.EmbedRequest;
import org.sightline.runtime.inference.EmbedResponse;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.Purpose;
import org.sightline.runtime.limits.HeapAccount;
import org.sightline.runtime.limits.LoadBounds;
import org.sightline.runtime.limits.RuntimeLimits;

public class TransportNodeInferenceTests extends ESTestCase {
  private static final Path FIXTURES = PathUtils.get("../model-runtime/src/test/fixtures");

  private final ConcurrentLinkedQueue<Runnable> never = new ConcurrentLinkedQueue<>();

  /** A model of this node that does not answer costs its callers their deadline, not more. */
  public void testAnAnswerThatNeverComes() throws Exception {
    ThreadPool threadPool = new TestThreadPool(getTestName());
    try (LocalInference local =
        new LocalInference(
            "n",
            true,
            List.of(FIXTURES),
            RuntimeLimits.defaults(),
            null,
            HeapAccount.NONE,
            never::add,
            never::add,
            never::add,
            new LoadBounds(never::add, LoadBounds.DEFAULT_TIMEOUT),
            new CallerThread(threadPool),
            ServerPaths.NONE)) {
      Routing routing = new Routing();
      TransportNodeInference inference =
          new TransportNodeInference(local, () -> "a", null, threadPool, routing);
      CompletableFuture<EmbedResponse> answer =
          inference
              .on(TestNodes.inferenceNode("a"))
              .embed(
                  new EmbedRequest(
                      "tiny-clip",
                      List.of(new InferenceInput.Text("a red heart")),
                      Purpose.SEARCH,
                      Deadline.after(Duration.ofSeconds(1))))
              .toCompletableFuture();
      ExecutionException e =
          expectThrows(ExecutionException.class, () -> answer.get(30, TimeUnit.SECONDS));
      InferenceException late = (InferenceException) e.getCause();
      assertEquals(InferenceException.Kind.DEADLINE_EXCEEDED, late.kind());
      assertEquals("node [a] did not answer before the deadline", late.getMessage());
      assertEquals("the work still waits", 1, never.size());
      assertEquals("nothing left the node", 0, routing.stats().transport().count());
    } finally {
      // ends what waits, so that the runtime lets go of it
      for (Runnable task = never.poll(); task != null; task = never.poll()) {
        task.run();
      }
      ThreadPool.terminate(threadPool, 10, TimeUnit.SECONDS);
    }
  }
}
