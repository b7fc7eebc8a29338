package org.sightline.runtime.image.formats;

import java.io.IOException;
import java.util.Arrays;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.pixels.PixelRows;

/** A WebP picture, which libwebp decodes. */
public final class WebpImage implements OpenImage {
  /** Bytes a pixel of the decoded picture: red, green, blue and opacity. */
  private static final int BYTES = 4;

  /** Lossless pictures and alpha channels are decoded into a second copy, with codes beside it. */
  private static final int LOSSLESS_BYTES = 2 * BYTES + 1;

  private final LeptonicaLibrary library;
  private final WebpFile file;
  private long tableBytes;
  private IOException damage;
  private LeptonicaRows decoded;

  private WebpImage(LeptonicaLibrary library, WebpFile file) {
    this.library = library;
    this.file = file;
    try {
      tableBytes = file.tableBytes();
    } catch (IOException e) {
      damage = e; // a picture that is too large is refused for that
    }
  }

  public static OpenImage open(LeptonicaLibrary library, byte[] encoded) throws IOException {
    if (library.refusal() != null) {
      throw new IOException(
          "this node reads no WebP, convert the picture to JPEG or PNG: " + library.refusal());
    }
    return new WebpImage(library, new WebpFile(encoded));
  }

  @Override
  public ImageHeader header() {
    int bytes = file.lossless() || file.transparent() ? LOSSLESS_BYTES : BYTES;
    long pixels = (long) file.imageWidth() * file.imageHeight();
    return new ImageHeader(
        ImageFormat.WEBP, file.width(), file.height(), bytes * pixels + tableBytes);
  }

  @Override
  public int orientation() {
    return file.orientation();
  }

  @Override
  public PixelRows decode(Transparency transparency) throws IOException {
    if (damage != null) {
      throw damage;
    }
    decoded = library.decodeWebp(file.still(), file.imageWidth(), file.imageHeight());
    if (decoded == null) {
      throw new IOException("libwebp cannot decode it");
    }
    return new Rows(file, decoded, transparency == Transparency.WHITE);
  }

  @Override
  public void close() {
    if (decoded != null) {
      decoded.close();
    }
  }

  /** The canvas with the picture on it, composed on white while rows are read. */
  private static final class Rows implements PixelRows {
    private final WebpFile file;
    private final LeptonicaRows picture;
    private final boolean onWhite;
    private final int[] words;

    Rows(WebpFile file, LeptonicaRows picture, boolean onWhite) {
      this.file = file;
      this.picture = picture;
      this.onWhite = onWhite;
      this.words = new int[picture.width()];
    }

    @Override
    public int width() {
      return file.width();
    }

    @Override
    public int height() {
      return file.height();
    }

    @Override
    public void row(int y, byte[] rgb) {
      // beside the picture libwebp's canvas is transparent black, or black without an alpha channel
      Arrays.fill(rgb, (byte) (onWhite && file.transparent() ? 0xFF : 0));
      int row = y - file.top();
      if (row < 0 || row >= picture.height()) {
        return;
      }
      picture.words(row, words, rgb);
      int opaque = file.transparent() ? 0 : 0xFF;
      for (int x = 0; x < words.length; x++) {
        int word = words[x];
        RasterRows.put(rgb, file.left() + x, word >>> 8 | (word | opaque) << 24, onWhite);
      }
    }
  }
}
