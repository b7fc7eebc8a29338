package org.sightline.runtime.image.tiff;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.formats.JdkImage;
import org.sightline.runtime.image.formats.JpegSegments;
import org.sightline.runtime.image.formats.LeptonicaLibrary;
import org.sightline.runtime.image.formats.OpenImage;
import org.sightline.runtime.image.formats.TurboJpeg;
import org.sightline.runtime.image.pixels.PixelRows;

/**
 * JPEG inside TIFF (TIFF Technical Note 2). A decoder gets a stream that is written anew, of the
 * tables that segments share and of what stands in the segment: nothing that was not checked.
 */
final class TiffJpeg {
  private static final int TABLE_QUANTISATION = 0xDB;
  private static final int TABLE_HUFFMAN = 0xC4;
  private static final int RESTART_INTERVAL = 0xDD;
  private static final int SCAN = 0xDA;
  private static final int END = 0xD9;

  private final TiffLayout layout;
  private final LeptonicaLibrary library;

  TiffJpeg(TiffLayout layout, LeptonicaLibrary library) {
    this.layout = layout;
    this.library = library;
  }

  /**
   * Decodes a segment.
   *
   * @param to receives the first rows, {@code [rows][segmentWidth][samples]}
   */
  void unpack(ByteBuffer segment, byte[] to, int rows) throws IOException {
    int samples = layout.segmentSamples();
    if (layout.bits() != 8 || samples > 4) {
      throw new IOException(samples + " samples of " + layout.bits() + " bits as JPEG");
    }
    byte[] stream = stream(segment);
    JpegSegments frame = new JpegSegments(stream);
    if (frame.plain() == false
        || frame.components() != samples
        || frame.width() != layout.segmentWidth()
        || frame.height() < rows
        || frame.height() > layout.segmentHeight()) {
      throw new IOException(
          String.format(
              java.util.Locale.ROOT,
              "a JPEG of %d x %d pixels with %d components, or cut short, where a segment has"
                  + " %d x %d pixels with %d samples",
              frame.width(),
              frame.height(),
              frame.components(),
              layout.segmentWidth(),
              rows,
              samples));
    }
    if (samples % 2 == 0) {
      unconverted(stream, to, rows, samples);
    } else {
      try (OpenImage image = TurboJpeg.open(library, stream)) {
        copy(image.decode(Transparency.DROP, 1), to, rows, samples);
      }
    }
  }

  private void copy(PixelRows picture, byte[] to, int rows, int samples) {
    byte[] rgb = new byte[3 * picture.width()];
    int stride = samples * picture.width();
    for (int y = 0; y < rows; y++) {
      picture.row(y, rgb);
      if (samples == 3) {
        System.arraycopy(rgb, 0, to, y * stride, stride);
      } else {
        for (int x = 0; x < stride; x++) {
          to[y * stride + x] = rgb[3 * x];
        }
      }
    }
  }

  /** Four inks, or grey with opacity. */
  private void unconverted(byte[] stream, byte[] to, int rows, int samples) throws IOException {
    Raster raster = JdkImage.raster(stream);
    int[] row = new int[samples * layout.segmentWidth()];
    for (int y = 0; y < rows; y++) {
      raster.getPixels(0, y, layout.segmentWidth(), 1, row);
      for (int i = 0; i < row.length; i++) {
        to[y * row.length + i] = (byte) row[i];
      }
    }
  }

  private byte[] stream(ByteBuffer segment) throws IOException {
    ByteArrayOutputStream stream = new ByteArrayOutputStream(segment.remaining() + 1024);
    stream.write(0xFF);
    stream.write(0xD8);
    if (layout.segmentSamples() == 3) {
      // Adobe's segment says which colours three components are, which TIFF says by its own tag
      int transform = layout.colours() == TiffLayout.Colours.YCBCR ? 1 : 0;
      byte[] adobe = {
        -1, -18, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, (byte) transform
      };
      stream.writeBytes(adobe);
    }
    if (layout.jpegTables().hasRemaining()) {
      copy(layout.jpegTables().slice(), stream, true);
    }
    copy(segment, stream, false);
    return stream.toByteArray();
  }

  /**
   * Copies tables; of a segment also its frame, its restart interval and, from the first scan on,
   * everything.
   */
  private static void copy(ByteBuffer from, ByteArrayOutputStream to, boolean tablesOnly)
      throws IOException {
    for (int at = 2; at + 4 <= from.limit(); ) {
      int marker = from.get(at + 1) & 0xFF;
      if (from.get(at) != (byte) 0xFF) {
        throw new IOException("no JPEG marker where one is due");
      }
      if (marker == END) {
        return;
      }
      int next = at + 2 + ((from.get(at + 2) & 0xFF) << 8 | from.get(at + 3) & 0xFF);
      if (next > from.limit()) {
        throw new EOFException("JPEG data are cut short");
      }
      boolean table = marker == TABLE_QUANTISATION || marker == TABLE_HUFFMAN;
      boolean frame = marker >= 0xC0 && marker <= 0xC2 || marker == RESTART_INTERVAL;
      if (table || frame && tablesOnly == false) {
        write(from, at, next, to);
      } else if (marker == SCAN && tablesOnly == false) {
        write(from, at, from.limit(), to);
        return;
      }
      at = next;
    }
  }

  private static void write(ByteBuffer from, int start, int end, ByteArrayOutputStream to) {
    byte[] bytes = new byte[end - start];
    from.get(start, bytes);
    to.writeBytes(bytes);
  }
}
