package org.sightline.runtime.image.formats;

import java.io.IOException;
import java.util.Arrays;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.image.pixels.WhiteRows;

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
    return WhiteRows.of(new Rows(file, decoded), transparency);
  }

  @Override
  public void close() {
    if (decoded != null) {
      decoded.close();
    }
  }

  /** The canvas with the picture on it. */
  private static final class Rows extends PixelRows {
    private final WebpFile file;
    private final LeptonicaRows picture;
    private final int[] pictureWords;

    Rows(WebpFile file, LeptonicaRows picture) {
      super(file.width(), file.height());
      this.file = file;
      this.picture = picture;
      this.pictureWords = new int[picture.width()];
    }

    @Override
    public void words(int y, int[] words) {
      // beside the picture libwebp's canvas is transparent black, or black without an alpha channel
      int opaque = file.transparent() ? 0 : 0xFF;
      Arrays.fill(words, 0, width(), opaque);
      int row = y - file.top();
      if (row >= 0 && row < picture.height()) {
        picture.words(row, pictureWords);
        for (int x = 0; x < pictureWords.length; x++) {
          words[file.left() + x] = pictureWords[x] | opaque;
        }
      }
    }
  }
}
