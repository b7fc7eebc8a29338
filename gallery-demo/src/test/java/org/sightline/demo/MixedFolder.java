package org.sightline.demo;

import java.awt.Color;
import java.awt.GradientPaint;
import java.awt.Graphics2D;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import javax.imageio.ImageIO;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.sightline.testsupport.gallery.Exif;
import org.sightline.testsupport.gallery.Gallery;

/** A folder as people have them: pictures of all formats and sizes, broken ones, other files. */
final class MixedFolder {
  /** Pictures that are whole. */
  static final int PICTURES = 220;

  /** How many of the pictures are JPEGs of a camera. */
  static final int PHOTOS = 40;

  /** Files that begin as pictures do and are none. */
  static final int BROKEN = 4;

  /** What the command says of all other files, apart from hidden ones. */
  static final String OTHERS = "7 other files (HEIC 1, PDF 1)";

  private static final int LARGE = 2;
  private static final List<String> WEBP =
      List.of("lossless", "lossless-alpha", "lossless-fast", "lossy-20", "lossy-75", "lossy-alpha");

  private final Path folder;
  private final Gallery gallery;
  private int written;

  private MixedFolder(Path folder, Gallery gallery) {
    this.folder = folder;
    this.gallery = gallery;
  }

  /** Fills a folder, which need not be there. */
  static void fill(Path folder, Path checkout) throws IOException {
    Gallery gallery = Gallery.read(checkout.resolve("gallery-demo/gallery/noto.zip"));
    MixedFolder mixed = new MixedFolder(folder, gallery);
    mixed.pictures(checkout.resolve("model-runtime/src/test/fixtures/images-formats"));
    mixed.others();
  }

  private void picture(String name, byte[] content) throws IOException {
    write(name, content);
    written++;
  }

  private void write(String name, byte[] content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  private void pictures(Path formats) throws IOException {
    picture("holidays 2026/red_heart.png", gallery.named("red heart").png());
    for (int i = 0; i < LARGE; i++) {
      picture("large/" + i + ".jpg", encoded(large(i), "jpg"));
    }
    Exif camera = new Exif("Canon", "Canon EOS 5D", "2019:05:01 12:30:15", 52.52, 13.405, 1);
    for (int i = 0; i < PHOTOS; i++) {
      picture("\u00DCbersee/Stra\u00DFe/" + i + ".JPG", camera.in(encoded(opaque(i), "jpg")));
    }
    for (String format : List.of("gif", "bmp", "tiff")) {
      for (int i = 0; i < 20; i++) {
        picture("\u65E5\u672C/" + format + "/" + i + "." + format, encoded(opaque(i + 99), format));
      }
    }
    for (String name : WEBP) {
      picture("a/b/c/d/" + name + ".webp", Files.readAllBytes(formats.resolve(name + ".webp")));
    }
    // an ending says nothing
    picture("no ending", gallery.get(3).png());
    picture("a PNG.jpg", gallery.get(4).png());
    for (int i = written; i < PICTURES; i++) {
      picture((i % 2 == 0 ? "" : "emoji \uD83D\uDE00/") + i + ".png", gallery.get(i * 7).png());
    }
  }

  private void others() throws IOException {
    byte[] png = gallery.get(5).png();
    write("broken/cut.png", Arrays.copyOf(png, png.length / 2));
    write("broken/beginning.gif", "GIF89a".getBytes(StandardCharsets.US_ASCII));
    write(
        "broken/words behind.jpg", "\u00FF\u00D8\u00FFwords".getBytes(StandardCharsets.ISO_8859_1));
    byte[] huge = png.clone();
    Arrays.fill(huge, 16, 24, (byte) 0); // width and height of the header
    huge[18] = 0x75;
    huge[22] = 0x75;
    write("broken/huge.png", huge);
    write("phone.heic", "\0\0\0\u0018ftypheic".getBytes(StandardCharsets.ISO_8859_1));
    write("paper.pdf", "%PDF-1.7\n".getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < 3; i++) {
      write("notes/" + i + ".txt", "words".getBytes(StandardCharsets.US_ASCII));
    }
    write("notes/words.png", "words".getBytes(StandardCharsets.US_ASCII));
    write("empty.jpg", new byte[0]);
    write(".hidden.png", png);
    write(".thumbnails/0.png", png);
  }

  private BufferedImage opaque(int number) throws IOException {
    BufferedImage picture =
        ImageIO.read(
            new MemoryCacheImageInputStream(new ByteArrayInputStream(gallery.get(number).png())));
    BufferedImage image =
        new BufferedImage(picture.getWidth(), picture.getHeight(), BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    graphics.drawImage(picture, 0, 0, Color.WHITE, null);
    graphics.dispose();
    return image;
  }

  /** Twelve megapixels. */
  private static BufferedImage large(int number) {
    BufferedImage image = new BufferedImage(4000, 3000, BufferedImage.TYPE_INT_RGB);
    Graphics2D graphics = image.createGraphics();
    Color end = number == 0 ? Color.ORANGE : Color.GREEN;
    graphics.setPaint(new GradientPaint(0, 0, Color.BLUE, 4000, 3000, end));
    graphics.fillRect(0, 0, 4000, 3000);
    graphics.dispose();
    return image;
  }

  private static byte[] encoded(BufferedImage image, String format) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    if (!ImageIO.write(image, format, bytes)) {
      throw new IOException("this JDK writes no " + format);
    }
    return bytes.toByteArray();
  }
}
