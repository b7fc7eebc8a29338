package org.sightline.query.testing;

/** JSON as tests write it. */
public final class Json {
  private Json() {}

  /** JSON in which single quotes stand for double quotes. */
  public static String of(String quoted) {
    return quoted.replace('\'', '"');
  }
}
