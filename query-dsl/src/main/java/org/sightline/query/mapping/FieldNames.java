package org.sightline.query.mapping;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.apache.lucene.search.spell.LevenshteinDistance;

/** Names in messages: lists of them, and guesses which one a user meant. */
public final class FieldNames {
  /** So many names stand in a message. */
  private static final int MAX_NAMES = 5;

  /** Of 1 for equal names: half of the letters are right, as in a name with another beginning. */
  private static final float LEAST = 0.5f;

  /** Of a name that goes on with a dot: a field below the one that was named. */
  private static final float BELOW = 0.9f;

  /** Nobody types more; comparing takes the product of both lengths. */
  private static final int MAX_LENGTH = 256;

  private FieldNames() {}

  /** A list that does not grow without bound: {@code [a, b, … 7 more]}. */
  public static String listed(Collection<String> names) {
    List<String> shown = new ArrayList<>(names.stream().limit(MAX_NAMES).toList());
    if (names.size() > MAX_NAMES) {
      shown.add("… " + (names.size() - MAX_NAMES) + " more");
    }
    return shown.toString();
  }

  /**
   * What a message about a wrong name goes on with.
   *
   * @param typed what the user wrote
   * @param names that would be right, sorted
   * @param kind what they are called, such as {@code dense_vector}
   */
  public static String suggestion(String typed, Collection<String> names, String kind) {
    String nearest = nearest(typed, names);
    if (nearest != null) {
      return ", did you mean [" + nearest + "]?";
    }
    return names.isEmpty()
        ? ", there is no " + kind + " field"
        : ", the " + kind + " fields there are " + listed(names);
  }

  /**
   * The name with the fewest letters to change, as Elasticsearch does for settings; one that goes
   * on as typed is near.
   *
   * @param names in the order in which equally near ones are preferred
   * @return null where none is near
   */
  static String nearest(String typed, Collection<String> names) {
    if (typed.length() > MAX_LENGTH) {
      return null;
    }
    LevenshteinDistance distance = new LevenshteinDistance();
    String lower = typed.toLowerCase(Locale.ROOT);
    String nearest = null;
    float best = 0;
    for (String name : names) {
      String candidate = name.toLowerCase(Locale.ROOT);
      float likeness = distance.getDistance(lower, candidate);
      if (candidate.startsWith(lower)) {
        likeness = Math.max(likeness, candidate.startsWith(lower + ".") ? BELOW : LEAST);
      }
      if (likeness >= LEAST && likeness > best) {
        best = likeness;
        nearest = name;
      }
    }
    return nearest;
  }
}
