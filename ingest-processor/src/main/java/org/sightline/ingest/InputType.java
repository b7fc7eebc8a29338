package org.sightline.ingest;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.sightline.runtime.inference.Role;

/** What an input field holds, and the role that embeds it. */
enum InputType {
  IMAGE(Role.IMAGE_EMBEDDING, "a base64 image"),
  TEXT(Role.TEXT_EMBEDDING, "a text with a letter, digit, symbol or emoji");

  private final Role role;
  private final String expected;

  InputType(Role role, String expected) {
    this.role = role;
    this.expected = expected;
  }

  Role role() {
    return role;
  }

  /** For messages: what a field of this type must hold. */
  String expected() {
    return expected;
  }

  /** The name in pipelines: {@code image}. */
  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<InputType> fromId(String id) {
    return Arrays.stream(values()).filter(type -> type.id().equals(id)).findFirst();
  }

  static List<String> ids() {
    return Arrays.stream(values()).map(InputType::id).toList();
  }
}
