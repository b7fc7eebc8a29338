package org.sightline.runtime.encoded;

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
   * @param beginnings one of them begins each file, see {@link FirstBytes}
   */
  ImageFormat(String label, String... beginnings) {
    this.label = label;
    this.beginnings = beginnings;
  }

  public static Optional<ImageFormat> of(byte[] encoded) {
    return Arrays.stream(values())
        .filter(format -> FirstBytes.match(encoded, format.beginnings))
        .findFirst();
  }

  /** All names for messages: {@code JPEG, PNG, GIF, BMP, WebP, TIFF}. */
  public static String names() {
    return Arrays.stream(values()).map(ImageFormat::toString).collect(Collectors.joining(", "));
  }

  /** The name under which ImageIO knows its reader. */
  public String readerName() {
    return name().toLowerCase(Locale.ROOT);
  }

  @Override
  public String toString() {
    return label;
  }
}
