package org.sightline.query.testing;

import java.util.Set;
import org.elasticsearch.plugins.FieldPredicate;

/**
 * All fields but some, as field-level security shows an index.
 *
 * @param fields full names of what the user may not see
 */
public record Hidden(Set<String> fields) implements FieldPredicate {

  public static Hidden of(String... fields) {
    return new Hidden(Set.of(fields));
  }

  @Override
  public boolean test(String field) {
    return fields.contains(field) == false;
  }

  @Override
  public String modifyHash(String hash) {
    return hash + fields;
  }

  @Override
  public long ramBytesUsed() {
    return 0;
  }
}
