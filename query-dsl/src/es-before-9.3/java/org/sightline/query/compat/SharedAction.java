package org.sightline.query.compat;

import java.util.function.Consumer;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.client.internal.Client;
import org.elasticsearch.index.query.QueryRewriteContext;

/** Work of a rewrite. Elasticsearch cannot share it before 9.3: each query has its own done. */
public abstract class SharedAction<T, A extends SharedAction<T, A>> {

  /**
   * Has it done before the next round of the rewrite.
   *
   * @param consumer takes the result before that round begins
   */
  public final void register(QueryRewriteContext context, Consumer<T> consumer) {
    context.registerAsyncAction(
        (client, listener) ->
            execute(
                client,
                listener.delegateFailureAndWrap(
                    (l, result) -> {
                      consumer.accept(result);
                      l.onResponse(null);
                    })));
  }

  protected abstract void execute(Client client, ActionListener<T> listener);

  /** Of what is done; equal work has equal ones. */
  public abstract int doHashCode();

  /** Whether the other is the same work. */
  public abstract boolean doEquals(A other);

  @Override
  public final int hashCode() {
    return doHashCode();
  }

  @Override
  @SuppressWarnings("unchecked") // of the same class
  public final boolean equals(Object other) {
    return other != null && getClass() == other.getClass() && doEquals((A) other);
  }
}
