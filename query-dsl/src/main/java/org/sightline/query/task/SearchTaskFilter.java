package org.sightline.query.task;

import java.util.List;
import java.util.function.Supplier;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequest;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.search.SearchRequest;
import org.elasticsearch.action.search.SearchResponse;
import org.elasticsearch.action.support.ActionFilterChain;
import org.elasticsearch.action.support.ContextPreservingActionListener;
import org.elasticsearch.action.support.MappedActionFilter;
import org.elasticsearch.common.util.concurrent.ThreadContext;
import org.elasticsearch.tasks.CancellableTask;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.tasks.TaskId;

/**
 * Leaves the task of every search, or of every call of another action, in its thread context, for
 * {@link RunningSearch}, and adds to its profile what was done on its behalf. Without this filter
 * searches work, but what a search starts does not stop when the search is cancelled.
 */
public final class SearchTaskFilter implements MappedActionFilter {
  private final String actionName;
  private final ThreadContext threadContext;
  private final Supplier<String> localNodeId;

  /**
   * @param actionName the search, or another action that asks inference
   * @param threadContext of the node's thread pool
   * @param localNodeId asked for each search, since a starting node does not know its id yet
   */
  public SearchTaskFilter(
      String actionName, ThreadContext threadContext, Supplier<String> localNodeId) {
    this.actionName = actionName;
    this.threadContext = threadContext;
    this.localNodeId = localNodeId;
  }

  @Override
  public String actionName() {
    return actionName;
  }

  @Override
  public <Q extends ActionRequest, R extends ActionResponse> void apply(
      Task task,
      String action,
      Q request,
      ActionListener<R> listener,
      ActionFilterChain<Q, R> chain) {
    if (task instanceof CancellableTask cancellable) {
      SearchProfile profile = wantsProfile(request) ? new SearchProfile() : null;
      // who started a search from within another goes on with that one when it is answered
      ActionListener<R> answered =
          ContextPreservingActionListener.wrapPreservingContext(
              profile == null ? listener : adding(profile, listener), threadContext);
      // a search that another search started replaces its parent here, for itself only
      try (var ignored =
          threadContext.newStoredContextPreservingResponseHeaders(
              List.of(RunningSearch.KEY), List.of())) {
        threadContext.putTransient(
            RunningSearch.KEY,
            new RunningSearch(
                cancellable, new TaskId(localNodeId.get(), cancellable.getId()), profile));
        chain.proceed(task, action, request, answered);
      }
    } else {
      chain.proceed(task, action, request, listener);
    }
  }

  private static boolean wantsProfile(ActionRequest request) {
    return request instanceof SearchRequest search
        && search.source() != null
        && search.source().profile();
  }

  private static <R extends ActionResponse> ActionListener<R> adding(
      SearchProfile profile, ActionListener<R> listener) {
    return listener.delegateFailureAndWrap(
        (l, response) -> {
          if (response instanceof SearchResponse search) {
            profile.addTo(search);
          }
          l.onResponse(response);
        });
  }
}
