package org.sightline.runtime.inference;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What a graph of a bundle does. A feature exists for a model when its role exists. */
public enum Role {
  /** pixels {@code [b,3,h,w]} to embedding {@code [b,d]}, or {@code [b,q,d]}. */
  IMAGE_EMBEDDING,
  /** ids, mask {@code [b,t]} to embedding {@code [b,d]}. */
  TEXT_EMBEDDING,
  /** pixels {@code [b,3,h,w]} to image tokens {@code [b,n,hidden]}. */
  IMAGE_TOKENS,
  /** ids, mask {@code [b,t]} to features {@code [b,t,hidden]}, run once a query. */
  TEXT_FEATURES,
  /** ids or text features, mask, image tokens to logits {@code [b,2]}. */
  MATCHING,
  /** ids, image tokens {@code [m,n,hidden]} and what went before to next-token logits. */
  CAPTION_DECODER;

  /** The name in manifests and messages: {@code image_embedding}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> fromId(String id) {
    return Arrays.stream(values()).filter(role -> role.id().equals(id)).findFirst();
  }
}
