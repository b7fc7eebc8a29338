package org.sightline.cli.index;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.inference.InferenceException;

/**
 * Makes large pictures smaller before they are sent. Pictures come out upright, so they need no
 * EXIF; what is transparent becomes white.
 */
final class Shrinking {
  private static final float QUALITY = 0.9f;

  private final ImageDecoder decoder;
  private final int side;

  /**
   * Shrinks.
   *
   * @param side longest one of the result, in pixels
   */
  Shrinking(ImageDecoder decoder, int side) {
    this.decoder = decoder;
    this.side = side;
  }

  /**
   * A picture whose sides are not longer.
   *
   * @return a JPEG; or the picture itself where it is small enough or cannot be decoded: then the
   *     nodes say why
   */
  byte[] of(byte[] encoded) {
    try {
      ImageHeader header = decoder.header(encoded);
      int longest = Math.max(header.width(), header.height());
      if (longest <= side) {
        return encoded;
      }
      int width = (int) Math.max(1, Math.round((double) header.width() * side / longest));
      int height = (int) Math.max(1, Math.round((double) header.height() * side / longest));
      return jpeg(shrink(decode(encoded), width, height));
    } catch (InferenceException e) {
      return encoded;
    }
  }

  private BufferedImage decode(byte[] encoded) {
    PixelRows rows = decoder.decode(encoded, Transparency.WHITE, Orientation.EXIF);
    int width = rows.width();
    BufferedImage image = new BufferedImage(width, rows.height(), BufferedImage.TYPE_INT_RGB);
    int[] words = new int[width];
    for (int y = 0; y < rows.height(); y++) {
      rows.words(y, words);
      for (int x = 0; x < width; x++) {
        words[x] >>>= 8; // red was in the highest bits
      }
      image.setRGB(0, y, width, 1, words, 0, width);
    }
    return image;
  }

  /** Halves as often as that is possible: the last step then sees every pixel. */
  private static BufferedImage shrink(BufferedImage image, int width, int height) {
    BufferedImage smaller = image;
    while (smaller.getWidth() >= 2 * width && smaller.getHeight() >= 2 * height) {
      smaller = draw(smaller, smaller.getWidth() / 2, smaller.getHeight() / 2);
    }
    return draw(smaller, width, height);
  }

  private static BufferedImage draw(BufferedImage image, int width, int height) {
    BufferedImage drawn = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = drawn.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
    graphics.drawImage(image, 0, 0, width, height, null);
    graphics.dispose();
    return drawn;
  }

  private static byte[] jpeg(BufferedImage image) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam settings = writer.getDefaultWriteParam();
      settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      settings.setCompressionQuality(QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), settings);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has no disk that is full
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }
}
