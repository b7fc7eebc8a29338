package org.sightline.query.mapping;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.search.SearchHit;

/**
 * The indices of a search in which the digest of a document may stand for its image. Who gives a
 * digest gets the score of an image that an inference node remembers, so a digest must not reach
 * further than the user's eyes:
 *
 * <ul>
 *   <li>where nothing is hidden from the user, any digest may;
 *   <li>where something is, only the digest that by its name belongs to a field that the user may
 *       see, because nothing else says which image a digest is of.
 * </ul>
 */
public final class TrustedDigests {
  private static final TrustedDigests EVERYWHERE = new TrustedDigests(true, Set.of());

  private final boolean everywhere;
  private final Set<String> indices;

  private TrustedDigests(boolean everywhere, Set<String> indices) {
    this.everywhere = everywhere;
    this.indices = indices;
  }

  /**
   * Judges the indices with the eyes of the user whose thread context this is.
   *
   * @param mappings of the indices of the search; in others, and in those of other clusters, no
   *     digest is trusted unless nothing hides fields at all
   * @param field path of the image in {@code _source}
   * @param digestField where its digests are, as {@link DigestField#find} gave it
   * @param suffix what makes the name of a digest of the name of its image
   */
  public static TrustedDigests of(
      FieldMappings mappings, String field, String digestField, String suffix) {
    if (mappings.hidesNothing()) {
      return EVERYWHERE;
    }
    Set<String> trusted = new HashSet<>();
    Set<String> restricted = new HashSet<>();
    for (String name : mappings.indices()) {
      FieldPredicate visible = mappings.visible(name);
      if (visible == FieldPredicate.ACCEPT_ALL) {
        trusted.add(name);
      } else if (visible.test(field)) {
        restricted.add(name);
      }
    }
    String own = field + suffix;
    if (restricted.isEmpty() == false
        && List.of(own, own + DigestField.KEYWORD).contains(digestField)) {
      restricted.removeAll(mappings.indicesWithAlias(digestField));
      trusted.addAll(restricted);
    }
    return new TrustedDigests(false, trusted);
  }

  /** Whether the digest of this document may stand for its image. */
  public boolean include(SearchHit hit) {
    return everywhere || hit.getClusterAlias() == null && indices.contains(hit.getIndex());
  }
}
