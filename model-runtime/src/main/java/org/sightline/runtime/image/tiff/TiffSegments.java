package org.sightline.runtime.image.tiff;

import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.sightline.runtime.image.formats.LeptonicaLibrary;
import org.sightline.runtime.image.formats.Lzw;
import org.tukaani.xz.XZInputStream;

/**
 * Unpacks the strips and tiles of a TIFF into rows of samples. What a segment holds beyond the
 * picture is not unpacked. For use by one thread, which closes it.
 */
final class TiffSegments implements AutoCloseable {
  /** Most memory of one LZMA decoder, in KiB: the largest dictionary that libtiff writes with. */
  private static final int LZMA_KIBIBYTES = 80 * 1024;

  private final TiffLayout layout;
  private final ByteBuffer file;
  private final TiffJpeg jpeg;
  private final Inflater inflater = new Inflater();

  /**
   * @param file all bytes, in the byte order of the file
   */
  TiffSegments(TiffLayout layout, ByteBuffer file, LeptonicaLibrary library) {
    this.layout = layout;
    this.file = file;
    this.jpeg = new TiffJpeg(layout, library);
  }

  @Override
  public void close() {
    inflater.end();
  }

  /**
   * All samples of the picture.
   *
   * @return {@code [planes][height * rowBytes(width)]}, samples of several bytes in the byte order
   *     of the file
   */
  byte[][] samples() throws IOException {
    int rowBytes = Math.toIntExact(layout.rowBytes(layout.width()));
    byte[][] samples = new byte[layout.planes()][Math.multiplyExact(rowBytes, layout.height())];
    int segmentRow = Math.toIntExact(layout.rowBytes(layout.segmentWidth()));
    byte[] unpacked =
        new byte[Math.multiplyExact(segmentRow, Math.min(layout.segmentHeight(), layout.height()))];
    int segment = 0;
    for (byte[] plane : samples) {
      for (int top = 0; top < layout.height(); top += layout.segmentHeight()) {
        int rows = Math.min(layout.segmentHeight(), layout.height() - top);
        for (int column = 0; column < layout.across(); column++) {
          unpack(segment++, unpacked, rows, segmentRow);
          // tiles are whole bytes wide: their width is a multiple of 16
          int left = Math.toIntExact(layout.rowBytes(column * layout.segmentWidth()));
          int length = Math.min(segmentRow, rowBytes - left);
          for (int y = 0; y < rows; y++) {
            System.arraycopy(unpacked, y * segmentRow, plane, (top + y) * rowBytes + left, length);
          }
        }
        if (top > layout.height() - layout.segmentHeight()) {
          break; // the sum would overflow
        }
      }
    }
    return samples;
  }

  private void unpack(int segment, byte[] to, int rows, int rowBytes) throws IOException {
    int from = (int) layout.offsets()[segment];
    int length = (int) layout.lengths()[segment];
    if (layout.compression() == TiffLayout.JPEG) {
      jpeg.unpack(file.slice(from, length), to, rows);
      return;
    }
    ByteBuffer packed = file.slice(from, length);
    if (layout.reversedBits()) {
      packed = reversed(packed);
    }
    int size = rows * rowBytes;
    switch (layout.compression()) {
      case TiffLayout.NONE -> packed.get(to, 0, enough(packed.remaining(), size));
      case TiffLayout.LZW -> Lzw.tiff(packed, to, size);
      case TiffLayout.PACK_BITS -> packBits(packed, to, size);
      case TiffLayout.DEFLATE, TiffLayout.OLD_DEFLATE -> inflate(packed, to, size);
      case TiffLayout.LZMA -> lzma(packed, to, size);
      default -> throw new IOException(unread(layout.compression()));
    }
    unpredict(to, rows, rowBytes);
  }

  static String unread(int compression) {
    String name =
        switch (compression) {
          case 6 -> "old JPEG";
          case 34712 -> "JPEG 2000";
          case 50000 -> "ZSTD";
          case 50001 -> "WebP";
          default -> "kind " + compression;
        };
    return "a compression that is not read: "
        + name
        + "; read are none, LZW, Deflate, PackBits,"
        + " JPEG, LZMA and CCITT";
  }

  private static int enough(int there, int wanted) throws EOFException {
    if (there < wanted) {
      throw new EOFException("a segment of " + there + " of " + wanted + " bytes: it is cut short");
    }
    return wanted;
  }

  private static ByteBuffer reversed(ByteBuffer packed) {
    byte[] bytes = new byte[packed.remaining()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (Integer.reverse(packed.get(i)) >>> 24);
    }
    return ByteBuffer.wrap(bytes).order(packed.order());
  }

  private static void packBits(ByteBuffer packed, byte[] to, int size) throws IOException {
    for (int at = 0; at < size; ) {
      enough(packed.remaining(), 1);
      int code = packed.get();
      int count = Math.min(size - at, code >= 0 ? code + 1 : 1 - code);
      if (code >= 0) {
        enough(packed.remaining(), count);
        packed.get(to, at, count);
      } else if (code != -128) {
        enough(packed.remaining(), 1);
        java.util.Arrays.fill(to, at, at + count, packed.get());
      } else {
        count = 0;
      }
      at += count;
    }
  }

  private void inflate(ByteBuffer packed, byte[] to, int size) throws IOException {
    inflater.reset();
    inflater.setInput(packed);
    try {
      for (int at = 0; at < size; ) {
        int more = inflater.inflate(to, at, size - at);
        if (more == 0) {
          throw new EOFException("a segment of " + at + " of " + size + " bytes: it is cut short");
        }
        at += more;
      }
    } catch (DataFormatException e) {
      throw new IOException("damaged Deflate data: " + e.getMessage());
    }
  }

  private static void lzma(ByteBuffer packed, byte[] to, int size) throws IOException {
    byte[] bytes = new byte[packed.remaining()];
    packed.get(bytes);
    try (InputStream stream =
        new XZInputStream(new ByteArrayInputStream(bytes), LZMA_KIBIBYTES, false)) {
      enough(stream.readNBytes(to, 0, size), size);
    }
  }

  /** Undoes what makes samples differences to their neighbours, in every row. */
  private void unpredict(byte[] samples, int rows, int rowBytes) throws IOException {
    int predictor = layout.predictor();
    boolean predicted =
        layout.compression() != TiffLayout.NONE && layout.compression() != TiffLayout.PACK_BITS;
    if (predictor == 1 || predicted == false) {
      return;
    }
    int size = layout.bits() / 8;
    if (layout.bits() % 8 != 0 || predictor == 3 && layout.format() != TiffLayout.Format.FLOAT) {
      throw new IOException("predictor " + predictor + " of samples of " + layout.bits() + " bits");
    }
    ByteBuffer buffer = ByteBuffer.wrap(samples).order(file.order());
    byte[] row = new byte[rowBytes];
    int stride = layout.segmentSamples();
    for (int y = 0; y < rows; y++) {
      int from = y * rowBytes;
      if (predictor == 3) {
        floatRow(samples, from, row, stride);
        continue;
      }
      for (int i = stride; i < rowBytes / size; i++) {
        int at = from + i * size;
        int before = at - stride * size;
        switch (size) {
          case 1 -> samples[at] += samples[before];
          case 2 -> buffer.putShort(at, (short) (buffer.getShort(at) + buffer.getShort(before)));
          default -> buffer.putInt(at, buffer.getInt(at) + buffer.getInt(before));
        }
      }
    }
  }

  /**
   * Adobe's predictor for floating point: differences of bytes, the highest of all numbers first.
   */
  private void floatRow(byte[] samples, int from, byte[] row, int stride) {
    int numbers = row.length / Float.BYTES;
    System.arraycopy(samples, from, row, 0, row.length);
    for (int i = stride; i < row.length; i++) {
      row[i] += row[i - stride];
    }
    boolean highestFirst = file.order() == ByteOrder.BIG_ENDIAN;
    for (int i = 0; i < numbers; i++) {
      for (int b = 0; b < Float.BYTES; b++) {
        int to = highestFirst ? b : Float.BYTES - 1 - b;
        samples[from + Float.BYTES * i + to] = row[b * numbers + i];
      }
    }
  }
}
