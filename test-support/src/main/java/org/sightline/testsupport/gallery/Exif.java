package org.sightline.testsupport.gallery;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * What a camera writes into a JPEG.
 *
 * @param make of the camera
 * @param model of the camera
 * @param taken as EXIF has it: {@code 2026:05:01 12:30:00}
 * @param latitude in degrees, negative in the south
 * @param longitude in degrees, negative in the west
 * @param orientation 1 to 8
 */
public record Exif(
    String make, String model, String taken, double latitude, double longitude, int orientation) {
  private static final int ASCII = 2;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int RATIONAL = 5;
  private static final int HEADER_BYTES = 8;

  private record Entry(int tag, int type, int count, byte[] value) {
    /** Values of up to four bytes stand in the entry itself. */
    int outside() {
      return value.length <= 4 ? 0 : value.length + value.length % 2;
    }
  }

  /** The same picture with this in it. */
  public byte[] in(byte[] jpeg) {
    byte[] block = block();
    int length = 2 + 6 + block.length;
    ByteBuffer all = ByteBuffer.allocate(jpeg.length + 2 + length);
    all.put(jpeg, 0, 2).put((byte) 0xFF).put((byte) 0xE1).putShort((short) length);
    all.put("Exif\0\0".getBytes(StandardCharsets.ISO_8859_1)).put(block);
    all.put(jpeg, 2, jpeg.length - 2);
    return all.array();
  }

  private byte[] block() {
    List<Entry> exif = List.of(text(0x9003, taken));
    List<Entry> gps =
        List.of(
            text(1, latitude < 0 ? "S" : "N"),
            degrees(2, Math.abs(latitude)),
            text(3, longitude < 0 ? "W" : "E"),
            degrees(4, Math.abs(longitude)));
    List<Entry> first = first(0, 0);
    int exifAt = HEADER_BYTES + size(first);
    int gpsAt = exifAt + size(exif);
    ByteBuffer block = ByteBuffer.allocate(gpsAt + size(gps));
    block.put("MM\0*".getBytes(StandardCharsets.ISO_8859_1)).putInt(HEADER_BYTES);
    write(first(exifAt, gpsAt), block);
    write(exif, block);
    write(gps, block);
    return block.array();
  }

  private List<Entry> first(int exifAt, int gpsAt) {
    byte[] turn = ByteBuffer.allocate(2).putShort((short) orientation).array();
    return List.of(
        text(0x010F, make),
        text(0x0110, model),
        new Entry(0x0112, SHORT, 1, turn),
        new Entry(0x8769, LONG, 1, ByteBuffer.allocate(4).putInt(exifAt).array()),
        new Entry(0x8825, LONG, 1, ByteBuffer.allocate(4).putInt(gpsAt).array()));
  }

  private static Entry text(int tag, String text) {
    byte[] bytes = (text + "\0").getBytes(StandardCharsets.US_ASCII);
    return new Entry(tag, ASCII, bytes.length, bytes);
  }

  /** Degrees, minutes, and seconds in ten-thousandths. */
  private static Entry degrees(int tag, double degrees) {
    long parts = Math.round(degrees * 3600 * 10_000);
    ByteBuffer value = ByteBuffer.allocate(24);
    value.putInt((int) (parts / 36_000_000)).putInt(1);
    value.putInt((int) (parts / 600_000 % 60)).putInt(1);
    value.putInt((int) (parts % 600_000)).putInt(10_000);
    return new Entry(tag, RATIONAL, 3, value.array());
  }

  private static int size(List<Entry> entries) {
    return 2 + 12 * entries.size() + 4 + entries.stream().mapToInt(Entry::outside).sum();
  }

  private static void write(List<Entry> entries, ByteBuffer block) {
    int outside = block.position() + 2 + 12 * entries.size() + 4;
    block.putShort((short) entries.size());
    for (Entry entry : entries) {
      block.putShort((short) entry.tag()).putShort((short) entry.type()).putInt(entry.count());
      if (entry.outside() == 0) {
        block.put(Arrays.copyOf(entry.value(), 4));
      } else {
        block.putInt(outside);
        outside += entry.outside();
      }
    }
    block.putInt(0);
    for (Entry entry : entries) {
      if (entry.outside() > 0) {
        block.put(Arrays.copyOf(entry.value(), entry.outside()));
      }
    }
  }
}
