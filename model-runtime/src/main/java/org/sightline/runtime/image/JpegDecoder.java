package org.sightline.runtime.image;

import org.sightline.runtime.image.formats.LeptonicaLibrary;

/**
 * What decodes JPEG in this process.
 *
 * @param name {@code libjpeg-turbo}, or {@code jdk} for the reader of the JDK
 * @param reason why it is the reader of the JDK; null otherwise
 */
public record JpegDecoder(String name, String reason) {

  /** Loads the native library where that has not happened yet. Never throws. */
  public static JpegDecoder ofThisProcess() {
    String refusal = LeptonicaLibrary.shared().refusal();
    return refusal == null
        ? new JpegDecoder("libjpeg-turbo", null)
        : new JpegDecoder("jdk", refusal);
  }
}
