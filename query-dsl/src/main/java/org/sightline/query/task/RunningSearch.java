package org.sightline.query.task;

import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.client.internal.ParentTaskAssigningClient;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.search.profile.ProfileResult;
import org.elasticsearch.search.profile.dfs.DfsProfiler;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.TaskId;
import org.sightline.runtime.inference.Deadline;

/**
 * The search that the current thread works for. Elasticsearch gives rewrites a client that knows no
 * task; {@link SearchTaskFilter} therefore leaves the task in the thread context.
 */
public final class RunningSearch {
  static final String KEY = "sightline.running_search";

  private static final RunningSearch UNKNOWN = new RunningSearch(null, TaskId.EMPTY_TASK_ID, null);

  private final CancellableTask task;
  private final TaskId id;
  private final SearchProfile profile;

  /**
   * @param profile null unless the user asked for it
   */
  RunningSearch(CancellableTask task, TaskId id, SearchProfile profile) {
    this.task = task;
    this.id = id;
    this.profile = profile;
  }

  /** The search of this thread context; one that never is cancelled when there is none. */
  public static RunningSearch of(ThreadContext context) {
    RunningSearch search = context.getTransient(KEY);
    return search == null ? UNKNOWN : search;
  }

  /** A client whose requests are children of this search, and are cancelled with it. */
  public Client childrenOf(Client client) {
    return id.isSet() ? new ParentTaskAssigningClient(client, id) : client;
  }

  /**
   * @throws org.elasticsearch.tasks.TaskCancelledException when the search was cancelled
   */
  public void ensureNotCancelled() {
    if (task != null) {
      task.ensureNotCancelled();
    }
  }

  /** A deadline that ahead, abandoned when the search is cancelled. */
  public Deadline deadline(Duration duration) {
    Deadline deadline = Deadline.after(duration);
    abandons(deadline);
    return deadline;
  }

  /** From now on a deadline is abandoned when the search is cancelled. */
  public void abandons(Deadline deadline) {
    if (task != null) {
      task.addListener(deadline::abandon);
    }
  }

  /** The search as a parent of what other nodes do for it; not set when there is none. */
  public TaskId id() {
    return id;
  }

  /** Adds a part to the profile of this search, where the user asked for one. */
  public void profile(Supplier<ProfileResult> part) {
    if (profile != null) {
      profile.add(part.get());
    }
  }

  /**
   * One thing that the coordinating node did for a search. Its breakdown is that of the section it
   * goes into, all zero, because typed clients insist on the names.
   *
   * @param facts by name: texts, ints and longs
   */
  public static ProfileResult profiled(
      String type, String description, long nanos, Map<String, Object> facts) {
    return new ProfileResult(
        type, description, new DfsProfiler().toBreakdownMap(), facts, nanos, null);
  }
}
