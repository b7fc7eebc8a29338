package org.sightline.runtime.image;

import java.io.IOException;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.image.webp.ArgbRows;
import org.sightline.runtime.image.webp.WebpFile;

/** WebP, which the JDK does not read. */
final class WebpImage implements OpenImage {
  private final byte[] encoded;
  private final WebpFile file;

  private WebpImage(byte[] encoded) throws IOException {
    this.encoded = encoded;
    this.file = new WebpFile(encoded);
  }

  static OpenImage open(byte[] encoded) throws IOException {
    return new WebpImage(encoded);
  }

  @Override
  public ImageHeader header() {
    return new ImageHeader(ImageFormat.WEBP, file.width(), file.height(), file.bitsPerPixel());
  }

  @Override
  public int orientation() {
    int[] exif = file.exif();
    return Orientations.ofExif(encoded, exif[0], exif[1]);
  }

  @Override
  public PixelRows decode(Transparency transparency) throws IOException {
    return new Rows(file.width(), file.height(), file.decode(), transparency);
  }

  @Override
  public void close() {}

  /** Composes while rows are read. */
  private static final class Rows implements PixelRows {
    private final int width;
    private final int height;
    private final ArgbRows source;
    private final boolean onWhite;
    private final int[] argb;

    Rows(int width, int height, ArgbRows source, Transparency transparency) {
      this.width = width;
      this.height = height;
      this.source = source;
      this.onWhite = transparency == Transparency.WHITE;
      this.argb = new int[width];
    }

    @Override
    public int width() {
      return width;
    }

    @Override
    public int height() {
      return height;
    }

    @Override
    public void row(int y, byte[] rgb) {
      source.row(y, argb);
      for (int x = 0; x < width; x++) {
        RasterRows.put(rgb, x, argb[x], onWhite);
      }
    }
  }
}
