package org.sightline.runtime.image.formats;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The encoded forms of images that are read, known by their first bytes. */
public enum ImageFormat {
  JPEG("JPEG", "\u00FF\u00D8\u00FF"),
  PNG("PNG", "\u0089PNG\r\n\u001A\n"),
  GIF("GIF", "GIF8"),
  BMP("BMP", "BM"),
  WEBP("WebP", "RIFF????WEBP"),
  TIFF("TIFF", "II*\0", "MM\0*", "II+\0", "MM\0+");

  private final String label;
  private final String[] beginnings;

  /**
   * @param beginnings one of them begins each file; a question mark stands for any byte
   */
  ImageFormat(String label, String... beginnings) {
    this.label = label;
    this.beginnings = beginnings;
  }

  public static Optional<ImageFormat> of(byte[] encoded) {
    return Arrays.stream(values()).filter(format -> format.begins(encoded)).findFirst();
  }

  /** All names for messages: {@code JPEG, PNG, GIF, BMP, WebP, TIFF}. */
  public static String names() {
    return Arrays.stream(values()).map(ImageFormat::toString).collect(Collectors.joining(", "));
  }

  /** The name under which ImageIO knows its reader. */
  String readerName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return label;
  }

  private boolean begins(byte[] encoded) {
    return Arrays.stream(beginnings).anyMatch(beginning -> begins(encoded, beginning));
  }

  private static boolean begins(byte[] encoded, String beginning) {
    if (encoded.length < beginning.length()) {
      return false;
    }
    for (int i = 0; i < beginning.length(); i++) {
      if (beginning.charAt(i) != '?' && beginning.charAt(i) != (encoded[i] & 0xFF)) {
        return false;
      }
    }
    return true;
  }
}
