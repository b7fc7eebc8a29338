package org.sightline.query.compat;

import java.util.function.Consumer;
import org.elasticsearch.index.query.QueryRewriteAsyncAction;
import org.elasticsearch.index.query.QueryRewriteContext;

/** Work of a rewrite that equal queries of one request share: it is done once for all of them. */
public abstract class SharedAction<T, A extends SharedAction<T, A>>
    extends QueryRewriteAsyncAction<T, A> {

  /**
   * Has it done before the next round of the rewrite.
   *
   * @param consumer takes the result before that round begins
   */
  public final void register(QueryRewriteContext context, Consumer<T> consumer) {
    context.registerUniqueAsyncAction(this, consumer);
  }
}
