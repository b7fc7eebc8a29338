package org.sightline.runtime.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes PNG of any kind, also such as no encoder would. */
final class Pngs {
  static final int GREY = 0;
  static final int RGB = 2;
  static final int PALETTE = 3;
  static final int GREY_ALPHA = 4;
  static final int RGBA = 6;

  private Pngs() {}

  /**
   * @param rows packed samples of each row, without filter bytes
   * @param chunks what stands between header and data, see {@link #chunk}
   */
  static byte[] encode(int width, int height, int depth, int type, byte[] rows, byte[]... chunks) {
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    png.writeBytes(new byte[] {(byte) 0x89, 'P', 'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A});
    ByteBuffer header = ByteBuffer.allocate(13).putInt(width).putInt(height);
    header.put((byte) depth).put((byte) type);
    png.writeBytes(chunk("IHDR", header.array()));
    for (byte[] chunk : chunks) {
      png.writeBytes(chunk);
    }
    png.writeBytes(chunk("IDAT", deflate(filtered(height, rows))));
    png.writeBytes(chunk("IEND", new byte[0]));
    return png.toByteArray();
  }

  static byte[] chunk(String name, byte[] data) {
    byte[] body =
        ByteBuffer.allocate(4 + data.length)
            .put(name.getBytes(StandardCharsets.US_ASCII))
            .put(data)
            .array();
    CRC32 crc = new CRC32();
    crc.update(body);
    return ByteBuffer.allocate(8 + body.length)
        .putInt(data.length)
        .put(body)
        .putInt((int) crc.getValue())
        .array();
  }

  static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }

  private static byte[] filtered(int height, byte[] rows) {
    int stride = rows.length / Math.max(1, height);
    byte[] filtered = new byte[rows.length == 0 ? 0 : rows.length + height];
    for (int y = 0; y < height && rows.length > 0; y++) {
      System.arraycopy(rows, y * stride, filtered, y * (stride + 1) + 1, stride);
    }
    return filtered;
  }

  static byte[] deflate(byte[] data) {
    Deflater deflater = new Deflater();
    try {
      deflater.setInput(data);
      deflater.finish();
      byte[] buffer = new byte[data.length + 64];
      int length = deflater.deflate(buffer);
      return Arrays.copyOf(buffer, length);
    } finally {
      deflater.end();
    }
  }
}
