package org.sightline.query.knn;

import java.util.Collection;
import java.util.Map;
import org.elasticsearch.common.Strings;
import org.elasticsearch.common.xcontent.XContentHelper;
import org.elasticsearch.index.query.NestedQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.xcontent.XContentType;

/** Looks for {@code nested} queries in a filter, however deep. */
final class NestedFilters {
  private NestedFilters() {}

  /** Whether the filter is or holds a {@code nested} query. */
  static boolean holdsNested(QueryBuilder filter) {
    return holdsNested(
        XContentHelper.convertToMap(XContentType.JSON.xContent(), Strings.toString(filter), false));
  }

  private static boolean holdsNested(Object part) {
    if (part instanceof Map<?, ?> map) {
      // a field may have that name, but its query has neither
      boolean nested =
          map.get(NestedQueryBuilder.NAME) instanceof Map<?, ?> options
              && options.containsKey("path")
              && options.containsKey("query");
      return nested || map.values().stream().anyMatch(NestedFilters::holdsNested);
    }
    return part instanceof Collection<?> list && list.stream().anyMatch(NestedFilters::holdsNested);
  }
}
