package org.sightline.runtime.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/** Large JPEGs, made here because they would be large fixtures. */
public final class Jpegs {
  private Jpegs() {}

  /** Patches of random colours with hard edges and fine noise, different in every corner. */
  public static BufferedImage scene(int width, int height, boolean grey) {
    Random random = new Random(width * 31L + height);
    int type = grey ? BufferedImage.TYPE_BYTE_GRAY : BufferedImage.TYPE_INT_RGB;
    BufferedImage image = new BufferedImage(width, height, type);
    int patch = Math.max(1, width / 13);
    int[] colours = new int[14 * (height / patch + 1)];
    for (int i = 0; i < colours.length; i++) {
      colours[i] = random.nextInt(0x1000000);
    }
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int colour = colours[x / patch + 14 * (y / patch)];
        int noise = random.nextInt(32);
        int rgb = 0;
        for (int shift = 16; shift >= 0; shift -= 8) {
          rgb |= Math.min(255, (colour >> shift & 0xFF) + noise) << shift;
        }
        image.setRGB(x, y, rgb);
      }
    }
    return image;
  }

  /** Encodes with quality 0.9. */
  public static byte[] encode(BufferedImage image, boolean progressive) {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam settings = writer.getDefaultWriteParam();
      settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      settings.setCompressionQuality(0.9f);
      settings.setProgressiveMode(
          progressive ? ImageWriteParam.MODE_DEFAULT : ImageWriteParam.MODE_DISABLED);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), settings);
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** The same picture with EXIF that asks for an orientation. */
  public static byte[] oriented(byte[] jpeg, int orientation) {
    byte[] exif = {
      (byte) 0xFF,
      (byte) 0xE1,
      0,
      34,
      'E',
      'x',
      'i',
      'f',
      0,
      0,
      'I',
      'I',
      42,
      0,
      8,
      0,
      0,
      0,
      1,
      0,
      0x12,
      0x01,
      3,
      0,
      1,
      0,
      0,
      0,
      (byte) orientation,
      0,
      0,
      0,
      0,
      0,
      0,
      0
    };
    byte[] with = new byte[jpeg.length + exif.length];
    System.arraycopy(jpeg, 0, with, 0, 2);
    System.arraycopy(exif, 0, with, 2, exif.length);
    System.arraycopy(jpeg, 2, with, 2 + exif.length, jpeg.length - 2);
    return with;
  }
}
