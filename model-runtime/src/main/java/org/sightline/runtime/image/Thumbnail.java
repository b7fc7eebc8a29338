package org.sightline.runtime.image;

import java.awt.image.BufferedImage;
import java.awt.image.DataBufferByte;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Crop;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Resize;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.formats.JdkImage;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.inference.InferenceException;

/**
 * A small JPEG of an encoded image, for people to look at: the whole image as EXIF turns it, on
 * white where it is transparent. For use by one thread, which closes it.
 */
public final class Thumbnail implements AutoCloseable {
  private static final float QUALITY = 0.85f;

  /** Bytes a pixel of the small image: resized, as the writer takes them, and encoded twice. */
  private static final int WRITING_BYTES = 3 + 3 + 2 * 2;

  private static final List<Float> NEUTRAL_MEAN = List.of(0f, 0f, 0f);
  private static final List<Float> NEUTRAL_STD = List.of(1f, 1f, 1f);

  private final CheckedImage image;

  private Thumbnail(CheckedImage image) {
    this.image = image;
  }

  /**
   * Reads the header and checks it against the decoder's limits; decodes nothing.
   *
   * @param encoded the encoded image, not changed
   * @param size longest side of the result, in pixels; smaller images keep their size
   * @throws InferenceException of kind {@code INVALID_INPUT}
   */
  public static Thumbnail open(ImageDecoder decoder, byte[] encoded, int size) {
    return new Thumbnail(
        decoder.openToLookAt(encoded, Orientation.EXIF, header -> spec(header, size)));
  }

  private static ImageSpec spec(ImageHeader header, int size) {
    double scale = Math.min(1, (double) size / Math.max(header.width(), header.height()));
    return new ImageSpec(
        scaled(header.width(), scale),
        scaled(header.height(), scale),
        Resize.SQUASH,
        Interpolation.BICUBIC,
        Crop.NONE,
        NEUTRAL_MEAN,
        NEUTRAL_STD,
        Transparency.WHITE,
        Orientation.EXIF);
  }

  private static int scaled(int side, double scale) {
    return (int) Math.max(1, Math.round(side * scale));
  }

  /** Width of the result, in pixels. */
  public int width() {
    return image.spec().width();
  }

  /** Height of the result, in pixels. */
  public int height() {
    return image.spec().height();
  }

  /** Most heap and native memory of {@link #jpeg()}, in bytes. */
  public long workingBytes() {
    return image.workingBytes() + (long) WRITING_BYTES * width() * height();
  }

  /**
   * Decodes, resizes and encodes. Called once.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT}, also when the image is cut short
   */
  public byte[] jpeg() {
    byte[] rgb = new ImagePreprocessor(image.spec()).resize(image.decode());
    BufferedImage small = new BufferedImage(width(), height(), BufferedImage.TYPE_3BYTE_BGR);
    byte[] bgr = ((DataBufferByte) small.getRaster().getDataBuffer()).getData();
    for (int i = 0; i < rgb.length; i += 3) {
      bgr[i] = rgb[i + 2];
      bgr[i + 1] = rgb[i + 1];
      bgr[i + 2] = rgb[i];
    }
    ImageWriter writer =
        JdkImage.ofJdk(ImageIO.getImageWritersByFormatName("jpeg"), "writer for JPEG");
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam options = writer.getDefaultWriteParam();
      options.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      options.setCompressionQuality(QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(small, null, null), options);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // nothing is written but memory
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  @Override
  public void close() {
    image.close();
  }
}
