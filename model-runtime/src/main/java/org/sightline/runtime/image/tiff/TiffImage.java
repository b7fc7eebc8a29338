package org.sightline.runtime.image.tiff;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.formats.JdkImage;
import org.sightline.runtime.image.formats.LeptonicaLibrary;
import org.sightline.runtime.image.formats.OpenImage;
import org.sightline.runtime.image.formats.RasterRows;
import org.sightline.runtime.image.formats.TiffDirectory;
import org.sightline.runtime.image.pixels.PixelRows;

/**
 * A TIFF, read segment by segment as its checked directory says. Faxes (CCITT) go to the reader of
 * the JDK, in a file that is written anew.
 */
public final class TiffImage implements OpenImage {
  private static final int FAX_RLE = 2;
  private static final int FAX_4 = 4;

  private final ByteBuffer file;
  private final TiffLayout layout;
  private final LeptonicaLibrary library;

  private TiffImage(TiffDirectory directory, LeptonicaLibrary library) throws IOException {
    this.file = directory.bytes();
    this.layout = TiffLayout.of(directory);
    this.library = library;
  }

  public static OpenImage open(LeptonicaLibrary library, byte[] encoded) throws IOException {
    return new TiffImage(new TiffDirectory(ByteBuffer.wrap(encoded)), library);
  }

  @Override
  public ImageHeader header() {
    return new ImageHeader(
        ImageFormat.TIFF, layout.width(), layout.height(), layout.decodedBytes());
  }

  @Override
  public int orientation() {
    return layout.orientation();
  }

  @Override
  public PixelRows decode(Transparency transparency) throws IOException {
    layout.checkSegments(file.limit());
    if (layout.compression() >= FAX_RLE && layout.compression() <= FAX_4) {
      return RasterRows.of(JdkImage.image(fax(), ImageFormat.TIFF), transparency);
    }
    try (TiffSegments segments = new TiffSegments(layout, file, library)) {
      return new TiffRows(
          layout, segments.samples(), file.order(), transparency == Transparency.WHITE);
    }
  }

  @Override
  public void close() {}

  /** The picture as a little-endian TIFF with only what is needed, bits in the usual order. */
  private byte[] fax() throws IOException {
    boolean one = layout.bits() == 1 && layout.samples() == 1;
    if (one == false || layout.across() != 1 || layout.segmentWidth() != layout.width()) {
      throw new IOException("CCITT in tiles, or of more than one bit a pixel");
    }
    int strips = layout.down();
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    int[][] values = {
      {256, layout.width()},
      {257, layout.height()},
      {258, 1},
      {259, layout.compression()},
      {262, layout.colours() == TiffLayout.Colours.WHITE_IS_ZERO ? 0 : 1},
      {273, 0},
      {277, 1},
      {278, layout.segmentHeight()},
      {279, 0},
      {layout.compression() == FAX_4 ? 293 : 292, layout.faxOptions()}
    };
    int tables = 8 + 2 + 12 * values.length + 4;
    ByteBuffer places = little(4 * strips);
    ByteBuffer lengths = little(4 * strips);
    for (int i = 0; i < strips; i++) {
      places.putInt(tables + 8 * strips + data.size());
      lengths.putInt((int) layout.lengths()[i]);
      data.writeBytes(strip(i));
    }
    ByteBuffer fax = little(tables + 8 * strips + data.size());
    fax.put(new byte[] {'I', 'I', 42, 0}).putInt(8).putShort((short) values.length);
    for (int[] value : values) {
      boolean places273 = value[0] == 273;
      boolean list = places273 || value[0] == 279;
      int place = tables + (places273 ? 0 : 4 * strips);
      int only = places273 ? places.getInt(0) : lengths.getInt(0);
      // the reader passes over numbers of another type: short ones where TIFF wants them
      int type = value[0] == 258 || value[0] == 259 || value[0] == 262 || value[0] == 277 ? 3 : 4;
      fax.putShort((short) value[0]).putShort((short) type).putInt(list ? strips : 1);
      fax.putInt(list ? strips == 1 ? only : place : value[1]);
    }
    return fax.putInt(0).put(places.array()).put(lengths.array()).put(data.toByteArray()).array();
  }

  private byte[] strip(int i) {
    byte[] strip = new byte[(int) layout.lengths()[i]];
    file.get((int) layout.offsets()[i], strip);
    for (int at = 0; layout.reversedBits() && at < strip.length; at++) {
      strip[at] = (byte) (Integer.reverse(strip[at]) >>> 24);
    }
    return strip;
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }
}
