package org.sightline.runtime.image;

import java.util.Locale;
import javax.imageio.ImageReader;
import javax.imageio.event.IIOReadWarningListener;

/**
 * Notices that an image is cut short. The JPEG reader only warns, and gives grey where data is
 * missing.
 */
final class Truncation implements IIOReadWarningListener {
  private String message;

  @Override
  public void warningOccurred(ImageReader source, String warning) {
    String text = warning.toLowerCase(Locale.ROOT);
    if (text.contains("premature end") || text.contains("truncated")) {
      message = warning;
    }
  }

  /** What the reader said, or null when the image is whole. */
  String message() {
    return message;
  }
}
