package org.sightline.runtime.features;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** How image tokens are stored. Embeddings are always stored as they are. */
public enum Storage {
  /** As they are, 4 bytes a number. */
  FLOAT32,
  /**
   * IEEE 754 half precision, 2 bytes a number; an image with values beyond its range is stored as
   * it is.
   */
  FLOAT16,
  /** One byte a number and 4 a token: {@code round(x / s)} with {@code s = max |x| / 127}. */
  INT8;

  /** The name in settings: {@code float16}. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Storage> fromId(String id) {
    return Arrays.stream(values()).filter(storage -> storage.id().equals(id)).findFirst();
  }

  public static List<String> ids() {
    return Arrays.stream(values()).map(Storage::id).toList();
  }

  /** Bytes of one token. */
  int tokenBytes(int hidden) {
    return switch (this) {
      case FLOAT32 -> Math.multiplyExact(hidden, Float.BYTES);
      case FLOAT16 -> Math.multiplyExact(hidden, Short.BYTES);
      case INT8 -> Math.addExact(hidden, Float.BYTES);
    };
  }
}
