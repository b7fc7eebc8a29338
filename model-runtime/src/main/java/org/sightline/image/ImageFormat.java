package org.sightline.image;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** The encoded forms of images that are read, known by their first bytes. */
public enum ImageFormat {
  JPEG(0xFF, 0xD8, 0xFF),
  PNG(0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A),
  GIF('G', 'I', 'F', '8'),
  BMP('B', 'M');

  private final int[] magic;

  ImageFormat(int... magic) {
    this.magic = magic;
  }

  static Optional<ImageFormat> of(byte[] encoded) {
    return Arrays.stream(values()).filter(format -> format.begins(encoded)).findFirst();
  }

  /** All names for messages: {@code JPEG, PNG, GIF, BMP}. */
  static String names() {
    return Arrays.stream(values()).map(Enum::name).collect(Collectors.joining(", "));
  }

  /** The name under which ImageIO knows its reader. */
  String readerName() {
    return name().toLowerCase(Locale.ROOT);
  }

  private boolean begins(byte[] encoded) {
    if (encoded.length < magic.length) {
      return false;
    }
    for (int i = 0; i < magic.length; i++) {
      if ((encoded[i] & 0xFF) != magic[i]) {
        return false;
      }
    }
    return true;
  }
}
