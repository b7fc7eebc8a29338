package org.sightline.vectors;

import java.awt.AlphaComposite;
import java.awt.Color;
import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.geom.AffineTransform;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.SplittableRandom;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.sightline.testsupport.gallery.Picture;

/**
 * Any number of pictures from those of the gallery: cropped or shrunk, turned, mirrored, on a
 * coloured ground, in other colours. The same number gives the same picture every time.
 */
public final class PictureVariants {
  /** Width and height. */
  private static final int SIZE = 64;

  private final List<Picture> gallery;

  /** Of these pictures in turn. */
  public PictureVariants(List<Picture> gallery) {
    this.gallery = List.copyOf(gallery);
  }

  /** The picture of that number as PNG. */
  public byte[] png(int number) {
    try {
      BufferedImage source =
          ImageIO.read(
              new MemoryCacheImageInputStream(
                  new ByteArrayInputStream(gallery.get(number % gallery.size()).png())));
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ImageIO.write(vary(source, new SplittableRandom(number)), "png", bytes);
      return bytes.toByteArray();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static BufferedImage vary(BufferedImage source, SplittableRandom random) {
    BufferedImage picture = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_ARGB);
    Graphics2D graphics = picture.createGraphics();
    graphics.setRenderingHint(
        RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BICUBIC);
    double scale = random.nextDouble(0.65, 1.5); // above 1 the edges are cropped
    AffineTransform place = AffineTransform.getTranslateInstance(SIZE / 2.0, SIZE / 2.0);
    place.translate(random.nextDouble(-6, 6), random.nextDouble(-6, 6));
    place.rotate(random.nextDouble(-0.6, 0.6));
    place.scale(
        scale * SIZE / source.getWidth() * (random.nextBoolean() ? 1 : -1),
        scale * SIZE / source.getHeight());
    place.translate(-source.getWidth() / 2.0, -source.getHeight() / 2.0);
    graphics.drawImage(source, place, null);
    graphics.dispose();
    recolour(picture, random);
    return onGround(picture, random);
  }

  /** Turns the hue, and changes saturation and brightness. */
  private static void recolour(BufferedImage picture, SplittableRandom random) {
    float hue = (float) random.nextDouble(-0.12, 0.12);
    float saturation = (float) random.nextDouble(0.5, 1.3);
    float brightness = (float) random.nextDouble(0.7, 1.2);
    float[] hsb = new float[3];
    for (int y = 0; y < SIZE; y++) {
      for (int x = 0; x < SIZE; x++) {
        int argb = picture.getRGB(x, y);
        Color.RGBtoHSB(argb >> 16 & 255, argb >> 8 & 255, argb & 255, hsb);
        int rgb =
            Color.HSBtoRGB(
                hsb[0] + hue, Math.min(1, hsb[1] * saturation), Math.min(1, hsb[2] * brightness));
        picture.setRGB(x, y, argb & 0xFF000000 | rgb & 0xFFFFFF);
      }
    }
  }

  private static BufferedImage onGround(BufferedImage picture, SplittableRandom random) {
    BufferedImage whole = new BufferedImage(SIZE, SIZE, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = whole.createGraphics();
    boolean white = random.nextInt(3) == 0;
    graphics.setColor(
        white
            ? Color.WHITE
            : Color.getHSBColor(
                (float) random.nextDouble(),
                (float) random.nextDouble(0.6),
                (float) random.nextDouble(0.4, 1)));
    graphics.fillRect(0, 0, SIZE, SIZE);
    graphics.setComposite(AlphaComposite.SrcOver);
    graphics.drawImage(picture, 0, 0, null);
    graphics.dispose();
    return whole;
  }
}
