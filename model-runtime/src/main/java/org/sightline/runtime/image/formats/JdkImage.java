package org.sightline.runtime.image.formats;

import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.inference.InferenceException;

/**
 * What the readers of the JDK decode: PNG and BMP, and JPEG that libjpeg-turbo does not take. They
 * get files that were written anew from what was checked. Colour profiles are not applied.
 */
public final class JdkImage implements OpenImage {
  private final ImageFormat format;
  private final ImageReader reader;
  private final JpegSegments jpeg;
  private final int orientation;
  private final ImageHeader header;

  private JdkImage(byte[] checked, ImageFormat format, JpegSegments jpeg, int orientation)
      throws IOException {
    this.format = format;
    this.jpeg = jpeg;
    this.orientation = orientation;
    this.reader = reader(format);
    try {
      reader.setInput(new BytesInput(checked), true, true);
      this.header = readHeader();
    } catch (IOException | RuntimeException e) {
      reader.dispose();
      throw e;
    }
  }

  public static OpenImage png(byte[] encoded) throws IOException {
    PngFile png = new PngFile(encoded);
    return new JdkImage(png.picture(), ImageFormat.PNG, null, png.orientation());
  }

  public static OpenImage bmp(byte[] encoded) throws IOException {
    return new JdkImage(BmpFile.picture(encoded), ImageFormat.BMP, null, Orientations.UPRIGHT);
  }

  static OpenImage jpeg(JpegSegments jpeg) throws IOException {
    return new JdkImage(jpeg.withoutProfile(), ImageFormat.JPEG, jpeg, jpeg.orientation());
  }

  /** Decodes a file that was written anew. */
  public static BufferedImage image(byte[] checked, ImageFormat format) throws IOException {
    ImageReader reader = reader(format);
    try {
      reader.setInput(new BytesInput(checked), true, true);
      return whole(reader, () -> reader.read(0));
    } finally {
      reader.dispose();
    }
  }

  /** Decodes the samples of a JPEG that was written anew, without converting them. */
  public static Raster raster(byte[] checked) throws IOException {
    ImageReader reader = reader(ImageFormat.JPEG);
    try {
      reader.setInput(new BytesInput(checked), true, true);
      return whole(reader, () -> reader.readRaster(0, null));
    } finally {
      reader.dispose();
    }
  }

  @Override
  public ImageHeader header() {
    return header;
  }

  @Override
  public int orientation() {
    return orientation;
  }

  @Override
  public PixelRows decode(Transparency transparency, int reduction) throws IOException {
    if (isInk()) {
      Raster raster = whole(reader, () -> reader.readRaster(0, null));
      return new CmykRows(raster, jpeg.ycck(), jpeg.halvedRows());
    }
    return RasterRows.of(whole(reader, () -> reader.read(0)), transparency);
  }

  @Override
  public void close() {
    reader.dispose();
  }

  /** A decoded picture; the reader for JPEG only warns where it is cut short, and gives grey. */
  private static <T> T whole(ImageReader reader, OpenImage.Step<T> step) throws IOException {
    String[] truncation = new String[1];
    reader.addIIOReadWarningListener(
        (source, warning) -> {
          String text = warning.toLowerCase(Locale.ROOT);
          if (text.contains("premature end") || text.contains("truncated")) {
            truncation[0] = warning;
          }
        });
    T decoded = step.take();
    if (truncation[0] != null) {
      throw new IOException(truncation[0]);
    }
    return decoded;
  }

  private boolean isInk() {
    return jpeg != null && jpeg.components() == 4;
  }

  private ImageHeader readHeader() throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    long bits = jpeg == null ? reader.getImageTypes(0).next().getColorModel().getPixelSize() : 0;
    long bytes = jpeg == null ? ((long) width * height * bits + 7) / 8 : jpeg.decodedBytes();
    return new ImageHeader(format, width, height, bytes);
  }

  private static ImageReader reader(ImageFormat format) {
    return ofJdk(ImageIO.getImageReadersByFormatName(format.readerName()), "reader for " + format);
  }

  /**
   * The JDK's own: others may have been registered in this process, and results must not depend on
   * that.
   *
   * @param what is sought, for the error where there is none
   */
  public static <T> T ofJdk(Iterator<T> registered, String what) {
    while (registered.hasNext()) {
      T each = registered.next();
      if (each.getClass().getModule() == ImageIO.class.getModule()) {
        return each;
      }
    }
    throw new InferenceException(InferenceException.Kind.INTERNAL, "this Java has no " + what);
  }
}
