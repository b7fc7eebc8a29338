package org.sightline.runtime.image.formats;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes a BMP anew for the reader of the JDK, which believes the sizes that the header states. The
 * header of OS/2 2.x, whose first 40 bytes are those of Windows, loses the rest.
 */
final class BmpFile {
  private static final int FILE_HEADER = 14;
  private static final int CORE_HEADER = 12;
  private static final int INFO_HEADER = 40;
  private static final int OS2_HEADER = 64;
  private static final int LONGEST_HEADER = 124;

  private static final int FILE_SIZE = 2;
  private static final int DATA_AT = 10;
  private static final int HEADER_SIZE = 14;
  private static final int COMPRESSION = 30;
  private static final int IMAGE_SIZE = 34;
  private static final int COLOURS = 46;

  /** Compressions from 3 on mean other things in OS/2. */
  private static final int RLE_4 = 2;

  private BmpFile() {}

  /**
   * The file with true sizes.
   *
   * @param encoded the file, not changed
   */
  static byte[] picture(byte[] encoded) throws IOException {
    ByteBuffer file = little(encoded);
    if (encoded.length < FILE_HEADER + CORE_HEADER) {
      throw new EOFException("the file is cut short");
    }
    int header = file.getInt(HEADER_SIZE);
    int data = file.getInt(DATA_AT);
    boolean known = header == CORE_HEADER || header >= INFO_HEADER && header <= LONGEST_HEADER;
    if (known == false) {
      throw new IOException("a header of " + header + " bytes");
    }
    if (data < FILE_HEADER + header || data > encoded.length) {
      throw new EOFException("pixels at " + data + " of " + encoded.length + " bytes");
    }
    int cut = header == OS2_HEADER ? OS2_HEADER - INFO_HEADER : 0;
    if (cut > 0 && file.getInt(COMPRESSION) > RLE_4) {
      throw new IOException("OS/2 compression " + file.getInt(COMPRESSION));
    }
    byte[] copy = new byte[encoded.length - cut];
    int kept = FILE_HEADER + header - cut;
    System.arraycopy(encoded, 0, copy, 0, kept);
    System.arraycopy(encoded, kept + cut, copy, kept, copy.length - kept);
    ByteBuffer written = little(copy);
    written.putInt(FILE_SIZE, copy.length).putInt(DATA_AT, data - cut);
    written.putInt(HEADER_SIZE, header - cut);
    if (header != CORE_HEADER) {
      written.putInt(IMAGE_SIZE, copy.length - (data - cut));
      // the palette is what lies between header and pixels
      written.putInt(COLOURS, Math.clamp(file.getInt(COLOURS), 0, 256));
    }
    return copy;
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
