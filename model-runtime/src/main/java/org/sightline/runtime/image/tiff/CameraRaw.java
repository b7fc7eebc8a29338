package org.sightline.runtime.image.tiff;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import org.sightline.runtime.encoded.ForeignFormat;
import org.sightline.runtime.image.formats.TiffDirectory;

/**
 * Tells the raw files of cameras from TIFFs that hold a picture. Most have a thumbnail where a TIFF
 * has its picture: whoever read them as a TIFF would take that for the photograph.
 */
public final class CameraRaw {
  private static final int SUBFILE_TYPE = 254;
  private static final int PHOTOMETRIC = 262;
  private static final int MAKE = 271;
  private static final int SUB_DIRECTORIES = 330;
  private static final int DNG_VERSION = 50706;

  private static final int COLOUR_FILTER_ARRAY = 32803;
  private static final int LINEAR_RAW = 34892;

  private CameraRaw() {}

  /**
   * The raw format of a file that begins as a TIFF.
   *
   * @return empty where it is a TIFF, and where it is none at all
   */
  public static Optional<ForeignFormat> of(byte[] encoded) {
    try {
      return of(new TiffDirectory(ByteBuffer.wrap(encoded)));
    } catch (IOException e) {
      return Optional.empty(); // whoever opens it says what is wrong
    }
  }

  private static Optional<ForeignFormat> of(TiffDirectory tags) throws IOException {
    if (tags.has(DNG_VERSION)) {
      return Optional.of(ForeignFormat.DNG);
    }
    long colours = tags.value(PHOTOMETRIC, 0);
    boolean thumbnail = tags.has(SUB_DIRECTORIES) && (tags.value(SUBFILE_TYPE, 0) & 1) == 1;
    if (thumbnail || colours == COLOUR_FILTER_ARRAY || colours == LINEAR_RAW) {
      return Optional.of(byMaker(tags));
    }
    return Optional.empty();
  }

  private static ForeignFormat byMaker(TiffDirectory tags) throws IOException {
    String maker =
        StandardCharsets.US_ASCII.decode(tags.content(MAKE)).toString().toUpperCase(Locale.ROOT);
    if (maker.startsWith("NIKON")) {
      return ForeignFormat.NEF;
    }
    return maker.startsWith("SONY") ? ForeignFormat.ARW : ForeignFormat.CAMERA_RAW;
  }
}
