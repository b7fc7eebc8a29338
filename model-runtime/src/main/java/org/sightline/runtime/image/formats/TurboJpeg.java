package org.sightline.runtime.image.formats;

import java.io.IOException;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.pixels.PixelRows;

/**
 * A JPEG that libjpeg-turbo decodes, in a fraction of its size where that is enough. Whatever it
 * does not decode without a warning goes to the reader of the JDK, which accepts or refuses it.
 */
public final class TurboJpeg implements OpenImage {
  private final LeptonicaLibrary library;
  private final byte[] encoded;
  private final JpegSegments segments;
  private final ImageHeader header;
  private LeptonicaRows decoded;

  private TurboJpeg(LeptonicaLibrary library, byte[] encoded, JpegSegments segments) {
    this.library = library;
    this.encoded = encoded;
    this.segments = segments;
    this.header =
        new ImageHeader(
            ImageFormat.JPEG, segments.width(), segments.height(), segments.decodedBytes());
  }

  /** Opens a JPEG, with the reader of the JDK where it is out of the ordinary. */
  public static OpenImage open(LeptonicaLibrary library, byte[] encoded) throws IOException {
    JpegSegments segments = new JpegSegments(encoded);
    boolean suits = segments.components() == 1 || segments.components() == 3;
    return library.refusal() == null && segments.plain() && suits
        ? new TurboJpeg(library, encoded, segments)
        : JdkImage.jpeg(segments);
  }

  private boolean grey() {
    return segments.components() == 1;
  }

  @Override
  public ImageHeader header() {
    return header;
  }

  @Override
  public int orientation() {
    return segments.orientation();
  }

  @Override
  public PixelRows decode(Transparency transparency) throws IOException {
    return decode(transparency, 1);
  }

  @Override
  public PixelRows decode(Transparency transparency, int reduction) throws IOException {
    decoded = library.decode(encoded, header, grey(), reduction);
    return decoded == null ? decodeByJdk(transparency) : decoded;
  }

  private PixelRows decodeByJdk(Transparency transparency) throws IOException {
    try (OpenImage image = JdkImage.jpeg(segments)) {
      // the limits were asked about this header
      if (image.header().width() != header.width() || image.header().height() != header.height()) {
        throw new IOException("headers that contradict each other");
      }
      return image.decode(transparency);
    }
  }

  @Override
  public void close() {
    if (decoded != null) {
      decoded.close();
    }
  }
}
