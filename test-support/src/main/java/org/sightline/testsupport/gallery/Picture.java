package org.sightline.testsupport.gallery;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.zip.CRC32;

/**
 * One picture of the gallery.
 *
 * @param id document id
 * @param name official name, such as {@code red heart}; several pictures may share one
 * @param emoji the character that the picture shows
 * @param skinTone whether it is a skin-tone variant
 * @param png the encoded image
 */
public record Picture(String id, String name, String emoji, boolean skinTone, byte[] png) {
  /** Length, type and checksum of the chunk that ends a PNG file. */
  private static final int END_BYTES = 12;

  /** The encoded image as base64. */
  public String base64() {
    return Base64.getEncoder().encodeToString(png);
  }

  /** The same pixels as base64, with a comment that holds the number: no cache knows them. */
  public String unique(int number) {
    byte[] comment = ("Comment\0number " + number).getBytes(StandardCharsets.ISO_8859_1);
    byte[] type = "tEXt".getBytes(StandardCharsets.ISO_8859_1);
    CRC32 checksum = new CRC32();
    checksum.update(type);
    checksum.update(comment);
    ByteBuffer longer = ByteBuffer.allocate(png.length + END_BYTES + comment.length);
    longer.put(png, 0, png.length - END_BYTES);
    longer.putInt(comment.length).put(type).put(comment).putInt((int) checksum.getValue());
    longer.put(png, png.length - END_BYTES, END_BYTES);
    return Base64.getEncoder().encodeToString(longer.array());
  }
}
