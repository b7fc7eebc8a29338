package org.sightline.faults;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32;
import org.sightline.testsupport.gallery.Picture;

/** The gallery as an endless supply of pictures and texts, by number. Immutable. */
final class Pictures {
  /** Length, type and checksum of the chunk that ends a PNG file. */
  private static final int END_BYTES = 12;

  private static final int LONGEST_TEXT = 12; // names

  private final List<Picture> gallery;

  Pictures(List<Picture> gallery) {
    this.gallery = List.copyOf(gallery);
  }

  int size() {
    return gallery.size();
  }

  Picture get(int number) {
    return gallery.get(Math.floorMod(number, gallery.size()));
  }

  /** The picture of that number as base64; equal numbers modulo {@link #size()} are equal. */
  String base64(int number) {
    return Base64.getEncoder().encodeToString(get(number).png());
  }

  /** The same pixels, with a comment that no other number has: caches know none of them. */
  String unique(int number) {
    byte[] comment = ("Comment\0number " + number).getBytes(StandardCharsets.ISO_8859_1);
    byte[] type = "tEXt".getBytes(StandardCharsets.ISO_8859_1);
    CRC32 checksum = new CRC32();
    checksum.update(type);
    checksum.update(comment);
    byte[] png = get(number).png();
    ByteBuffer longer = ByteBuffer.allocate(png.length + END_BYTES + comment.length);
    longer.put(png, 0, png.length - END_BYTES);
    longer.putInt(comment.length).put(type).put(comment).putInt((int) checksum.getValue());
    longer.put(png, png.length - END_BYTES, END_BYTES);
    return Base64.getEncoder().encodeToString(longer.array());
  }

  /** A text of one to twelve names that no other number has. */
  String text(int number) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i <= number % LONGEST_TEXT; i++) {
      text.append(get(number * 31 + i * 97).name()).append(' ');
    }
    return text.append("number ").append(number).toString();
  }
}
