package org.sightline.query.task;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.search.TransportSearchAction;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskCancelHelper;
import org.elasticsearch.tasks.TaskCancelledException;
import org.elasticsearch.tasks.TaskId;
import org.elasticsearch.test.ESTestCase;
import org.elasticsearch.test.client.NoOpNodeClient;
import org.elasticsearch.threadpool.TestThreadPool;
import org.sightline.runtime.inference.Deadline;

/** What a search starts belongs to its task. */
public class SearchTaskFilterTests extends ESTestCase {
  private final ThreadContext context = new ThreadContext(Settings.EMPTY);
  private final SearchTaskFilter filter =
      new SearchTaskFilter(TransportSearchAction.TYPE.name(), context, () -> "node");

  private static CancellableTask task(long id) {
    return new CancellableTask(
        id, "transport", TransportSearchAction.TYPE.name(), "", TaskId.EMPTY_TASK_ID, Map.of());
  }

  private void within(Task task, Runnable check) {
    AtomicInteger runs = new AtomicInteger();
    filter.<SearchRequest, SearchResponse>apply(
        task,
        TransportSearchAction.TYPE.name(),
        new SearchRequest(),
        ActionListener.noop(),
        (sameTask, action, request, listener) -> {
          assertSame(task, sameTask);
          runs.incrementAndGet();
          check.run();
        });
    assertEquals(1, runs.get());
  }

  private TaskId parentOfChildren(TestThreadPool threadPool) {
    TaskId[] parent = new TaskId[1];
    var client =
        new NoOpNodeClient(threadPool) {
          @Override
          public <Q extends ActionRequest, R extends ActionResponse> void doExecute(
              ActionType<R> action, Q request, ActionListener<R> listener) {
            parent[0] = request.getParentTask();
          }
        };
    RunningSearch.of(context)
        .childrenOf(client)
        .execute(TransportSearchAction.TYPE, new SearchRequest(), ActionListener.noop());
    return parent[0];
  }

  public void testSearchesStartedBelowAreChildren() {
    try (TestThreadPool threadPool = createThreadPool()) {
      within(
          task(7),
          () -> {
            assertEquals(new TaskId("node", 7), parentOfChildren(threadPool));
            within(
                task(8), () -> assertEquals(new TaskId("node", 8), parentOfChildren(threadPool)));
            assertEquals(new TaskId("node", 7), parentOfChildren(threadPool));
          });
      assertEquals(TaskId.EMPTY_TASK_ID, parentOfChildren(threadPool));
    }
  }

  public void testDeadlinesOfACancelledSearchAreAbandoned() {
    assertFalse(RunningSearch.of(context).deadline(Duration.ofHours(1)).expired());
    CancellableTask task = task(7);
    within(
        task,
        () -> {
          RunningSearch running = RunningSearch.of(context);
          assertEquals(new TaskId("node", 7), running.id());
          Deadline before = running.deadline(Duration.ofHours(1));
          assertFalse(before.expired());
          TaskCancelHelper.cancel(task, "the user went away");
          assertTrue(before.abandoned());
          assertTrue(running.deadline(Duration.ofHours(1)).abandoned());
        });
  }

  public void testCancelledSearchDoesNoFurtherWork() {
    CancellableTask task = task(7);
    within(
        task,
        () -> {
          RunningSearch search = RunningSearch.of(context);
          search.ensureNotCancelled();
          TaskCancelHelper.cancel(task, "by user");
          TaskCancelledException e =
              expectThrows(TaskCancelledException.class, search::ensureNotCancelled);
          assertEquals("task cancelled [by user]", e.getMessage());
        });
  }

  public void testWhoeverStartedASearchGoesOnWithTheirOwn() {
    AtomicInteger answers = new AtomicInteger();
    within(
        task(7),
        () -> {
          RunningSearch outer = RunningSearch.of(context);
          filter.<SearchRequest, SearchResponse>apply(
              task(8),
              TransportSearchAction.TYPE.name(),
              new SearchRequest(),
              ActionListener.running(
                  () -> {
                    assertSame(outer, RunningSearch.of(context));
                    answers.incrementAndGet();
                  }),
              (task, action, request, listener) -> {
                assertNotSame(outer, RunningSearch.of(context));
                listener.onResponse(null);
              });
        });
    assertEquals(1, answers.get());
  }

  public void testTaskThatCannotBeCancelledIsLeftAlone() {
    within(
        new Task(1, "transport", "action", "", TaskId.EMPTY_TASK_ID, Map.of()),
        () -> RunningSearch.of(context).ensureNotCancelled());
    assertEquals("indices:data/read/search", filter.actionName());
  }
}
