package org.sightline.cli.download;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The central directory of a zip: names as they stand there, one for each entry, and what
 * java.util.zip does not tell, which is whether an entry is a link.
 *
 * <p>Structures and field offsets are those of PKWARE's APPNOTE.TXT 6.3.10, sections 4.3.12 to
 * 4.3.16.
 */
final class ZipDirectory {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT = 0xFFFF;
  private static final int LOCATOR_64 = 0x07064b50;
  private static final int LOCATOR_64_BYTES = 20;
  private static final int END_64 = 0x06064b50;
  private static final int END_64_BYTES = 56;
  private static final int HEADER = 0x02014b50;
  private static final int HEADER_BYTES = 46;

  /** A bundle has some ten files. */
  private static final long MAX_BYTES = 4 << 20;

  private static final int MADE_BY_UNIX = 3;
  private static final int FILE_TYPE = 0xF000;
  private static final int REGULAR = 0x8000;
  private static final int FOLDER = 0x4000;

  private ZipDirectory() {}

  /**
   * An entry.
   *
   * @param special whether it is neither a file nor a folder: a link, a device, a pipe
   * @param encrypted whether it needs a password
   */
  record Entry(String name, boolean special, boolean encrypted) {
    boolean isFolder() {
      return name.endsWith("/");
    }
  }

  /**
   * Reads it.
   *
   * @throws IOException when the file cannot be read or is no zip
   */
  static List<Entry> read(Path zip) throws IOException {
    try (FileChannel channel = FileChannel.open(zip)) {
      long tailAt = Math.max(0, channel.size() - END_BYTES - MAX_COMMENT);
      ByteBuffer tail = bytes(channel, tailAt, (int) (channel.size() - tailAt));
      int end = end(tail);
      long size = tail.getInt(end + 12) & 0xFFFFFFFFL;
      long directoryEnd = tailAt + end;
      if (end >= LOCATOR_64_BYTES && tail.getInt(end - LOCATOR_64_BYTES) == LOCATOR_64) {
        directoryEnd = tail.getLong(end - LOCATOR_64_BYTES + 8);
        ByteBuffer end64 = bytes(channel, directoryEnd, END_64_BYTES);
        if (end64.getInt(0) != END_64) {
          throw new IOException("the end of its directory is damaged");
        }
        size = end64.getLong(40);
      }
      if (size < 0 || size > MAX_BYTES || size > directoryEnd) {
        throw new IOException(
            "its directory has " + size + " bytes, allowed are at most " + MAX_BYTES);
      }
      return entries(bytes(channel, directoryEnd - size, (int) size));
    }
  }

  /** Where the last record begins: it is followed by a comment of the length that it names. */
  private static int end(ByteBuffer tail) throws IOException {
    for (int at = tail.capacity() - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END
          && at + END_BYTES + (tail.getShort(at + 20) & 0xFFFF) == tail.capacity()) {
        return at;
      }
    }
    throw new IOException("it is no zip, or is cut short");
  }

  private static List<Entry> entries(ByteBuffer directory) throws IOException {
    List<Entry> entries = new ArrayList<>();
    int at = 0;
    while (at < directory.capacity()) {
      if (directory.capacity() - at < HEADER_BYTES || directory.getInt(at) != HEADER) {
        throw new IOException("its directory is damaged");
      }
      int name = directory.getShort(at + 28) & 0xFFFF;
      int extra = directory.getShort(at + 30) & 0xFFFF;
      int comment = directory.getShort(at + 32) & 0xFFFF;
      if (directory.capacity() - at - HEADER_BYTES < name + extra + comment) {
        throw new IOException("its directory is damaged");
      }
      int type = (directory.getInt(at + 38) >>> 16) & FILE_TYPE;
      boolean unix = (directory.get(at + 5) & 0xFF) == MADE_BY_UNIX;
      entries.add(
          new Entry(
              StandardCharsets.UTF_8.decode(directory.slice(at + HEADER_BYTES, name)).toString(),
              unix && type != 0 && type != REGULAR && type != FOLDER,
              (directory.getShort(at + 8) & 1) != 0));
      at += HEADER_BYTES + name + extra + comment;
    }
    return entries;
  }

  private static ByteBuffer bytes(FileChannel channel, long at, int count) throws IOException {
    if (at < 0 || at + count > channel.size()) {
      throw new EOFException("it is cut off");
    }
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes, at + bytes.position()) < 0) {
        throw new EOFException("it is cut off");
      }
    }
    return bytes.clear();
  }
}
