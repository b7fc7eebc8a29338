package org.sightline.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** Writes zips by hand, those included that no tool would write (APPNOTE.TXT 6.3.10). */
final class ZipWriter {
  private static final int UNIX = 3 << 8;
  private static final int REGULAR = 0x81A4;
  private static final int UTF8 = 1 << 11;
  private static final int DEFLATED = 8;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int entries;
  private boolean zip64;

  ZipWriter file(String name, byte[] content) {
    return add(name, content, REGULAR, UTF8);
  }

  /**
   * An entry of another kind.
   *
   * @param mode type and permissions as Unix has them
   */
  ZipWriter special(String name, byte[] content, int mode) {
    return add(name, content, mode, UTF8);
  }

  ZipWriter folder(String name) {
    return add(name, new byte[0], 0x41ED, UTF8);
  }

  ZipWriter encrypted(String name) {
    return add(name, new byte[1], REGULAR, UTF8 | 1);
  }

  /** Ends with the records for large zips. */
  ZipWriter zip64() {
    zip64 = true;
    return this;
  }

  private ZipWriter add(String name, byte[] content, int mode, int flags) {
    CRC32 crc = new CRC32();
    crc.update(content);
    byte[] packed = deflated(content);
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    ByteBuffer common = little(22);
    common.putShort((short) flags).putShort((short) DEFLATED).putInt(0);
    common.putInt((int) crc.getValue()).putInt(packed.length).putInt(content.length);
    common.putShort((short) bytes.length);
    int offset = out.size();
    out.writeBytes(little(6).putInt(0x04034b50).putShort((short) 20).array());
    out.writeBytes(common.array());
    out.writeBytes(new byte[2]);
    out.writeBytes(bytes);
    out.writeBytes(packed);
    ByteBuffer head = little(6).putInt(0x02014b50).putShort((short) (UNIX | 20));
    directory.writeBytes(head.array());
    directory.writeBytes(new byte[] {20, 0});
    directory.writeBytes(common.array());
    directory.writeBytes(little(16).putInt(8, mode << 16).putInt(12, offset).array());
    directory.writeBytes(bytes);
    entries++;
    return this;
  }

  private static byte[] deflated(byte[] content) {
    Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
    deflater.setInput(content);
    deflater.finish();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] buffer = new byte[8192];
    while (deflater.finished() == false) {
      out.write(buffer, 0, deflater.deflate(buffer));
    }
    deflater.end();
    return out.toByteArray();
  }

  byte[] toBytes() {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(out.toByteArray());
    all.writeBytes(directory.toByteArray());
    if (zip64) {
      int at = all.size();
      ByteBuffer end = little(56).putInt(0x06064b50).putLong(44).putShort((short) 45);
      end.putShort((short) 45).putInt(0).putInt(0).putLong(entries).putLong(entries);
      all.writeBytes(end.putLong(directory.size()).putLong(out.size()).array());
      all.writeBytes(little(20).putInt(0x07064b50).putInt(0).putLong(at).putInt(1).array());
    }
    ByteBuffer end = little(22).putInt(0x06054b50).putInt(0);
    end.putShort((short) (zip64 ? -1 : entries)).putShort((short) (zip64 ? -1 : entries));
    end.putInt(zip64 ? -1 : directory.size()).putInt(zip64 ? -1 : out.size());
    all.writeBytes(end.array());
    return all.toByteArray();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
