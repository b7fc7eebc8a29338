package org.sightline.testsupport.gallery;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriteParam;
import javax.imageio.ImageWriter;
import javax.imageio.stream.MemoryCacheImageOutputStream;

/**
 * Photographs made from noise, the same ones every time: equal contrast in each octave from the
 * whole picture down to a few pixels, as in photographs (power falls with the square of frequency),
 * less in the finest two, where lenses blur; JPEG of quality 85 with colour at half resolution.
 *
 * <p>Kept in a folder. No two have the same bytes: large ones share their pixels in groups, told
 * apart by a comment in the file, which costs a decoder nothing.
 */
public final class Photos {
  private static final float QUALITY = 0.85f;
  private static final int LARGE_SCENES = 6;

  private final Path folder;

  /**
   * @param folder where they are kept; made when it is not there
   */
  public Photos(Path folder) {
    this.folder = folder;
  }

  /** Files of 500 by 375 pixels. */
  public List<Path> small(int count) throws IOException {
    return files("small", count, count, 500, 375);
  }

  /** Files of 4000 by 3000 pixels. */
  public List<Path> large(int count) throws IOException {
    return files("large", count, LARGE_SCENES, 4000, 3000);
  }

  /** The files, encoded as they are. */
  public static List<byte[]> read(List<Path> files) throws IOException {
    List<byte[]> photos = new ArrayList<>();
    for (Path file : files) {
      photos.add(Files.readAllBytes(file));
    }
    return photos;
  }

  private List<Path> files(String name, int count, int scenes, int width, int height)
      throws IOException {
    Files.createDirectories(folder);
    List<Path> files = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Path file = folder.resolve(String.format(Locale.ROOT, "%s-%03d.jpg", name, i));
      if (Files.exists(file) == false) {
        byte[] photo =
            i < scenes
                ? photo(i, width, height)
                : commented(Files.readAllBytes(files.get(i % scenes)), i);
        Path fresh = file.resolveSibling(file.getFileName() + ".new");
        Files.write(fresh, photo);
        Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
      }
      files.add(file);
    }
    return files;
  }

  /** One photograph, encoded. */
  static byte[] photo(int seed, int width, int height) throws IOException {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    SplittableRandom random = new SplittableRandom(seed);
    Noise light = new Noise(random.split(), width, height, 1);
    // colour changes more slowly than light
    Noise red = new Noise(random.split(), width, height, 8);
    Noise blue = new Noise(random.split(), width, height, 8);
    double tilt = random.nextDouble(-40, 40);
    float[] lights = new float[width];
    float[] reds = new float[width];
    float[] blues = new float[width];
    int[] row = new int[width];
    for (int y = 0; y < height; y++) {
      light.row(y, lights);
      red.row(y, reds);
      blue.row(y, blues);
      float base = (float) (125 + tilt * (2.0 * y / height - 1)); // the sky is brighter, or not
      for (int x = 0; x < width; x++) {
        float value = base + 38 * lights[x];
        int r = Math.clamp(Math.round(value + 20 * reds[x]), 0, 255);
        int g = Math.clamp(Math.round(value), 0, 255);
        int b = Math.clamp(Math.round(value + 20 * blues[x]), 0, 255);
        row[x] = r << 16 | g << 8 | b;
      }
      image.setRGB(0, y, width, 1, row, 0, width);
    }
    return jpeg(image);
  }

  private static byte[] jpeg(BufferedImage image) throws IOException {
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (MemoryCacheImageOutputStream out = new MemoryCacheImageOutputStream(bytes)) {
      ImageWriteParam settings = writer.getDefaultWriteParam();
      settings.setCompressionMode(ImageWriteParam.MODE_EXPLICIT);
      settings.setCompressionQuality(QUALITY);
      writer.setOutput(out);
      writer.write(null, new IIOImage(image, null, null), settings);
    } finally {
      writer.dispose();
    }
    return bytes.toByteArray();
  }

  /** The same pixels with a comment of four bytes behind the marker that begins the file. */
  public static byte[] commented(byte[] jpeg, int number) {
    byte[] copy = new byte[jpeg.length + 8];
    System.arraycopy(jpeg, 0, copy, 0, 2);
    byte[] comment = {(byte) 0xFF, (byte) 0xFE, 0, 6};
    System.arraycopy(comment, 0, copy, 2, 4);
    for (int i = 0; i < 4; i++) {
      copy[6 + i] = (byte) (number >>> 8 * i);
    }
    System.arraycopy(jpeg, 2, copy, 10, jpeg.length - 2);
    return copy;
  }

  /** A sum of octaves, each random values on a grid with smooth transitions between them. */
  private static final class Noise {
    private final List<Octave> octaves = new ArrayList<>();

    Noise(SplittableRandom random, int width, int height, int finest) {
      for (int cell = Integer.highestOneBit(width); cell >= finest; cell /= 2) {
        float contrast = cell == 1 ? 0.12f : cell == 2 ? 0.35f : 1;
        octaves.add(new Octave(random.split(), cell, width, height, contrast));
      }
    }

    void row(int y, float[] values) {
      Arrays.fill(values, 0);
      octaves.forEach(octave -> octave.add(y, values));
    }
  }

  private static final class Octave {
    private final int cell;
    private final int across;
    private final float[] grid;
    private final float[] line;

    Octave(SplittableRandom random, int cell, int width, int height, float contrast) {
      this.cell = cell;
      this.across = width / cell + 2;
      this.grid = new float[across * (height / cell + 2)];
      this.line = new float[across];
      for (int i = 0; i < grid.length; i++) {
        grid[i] = contrast * (float) random.nextDouble(-1, 1);
      }
    }

    void add(int y, float[] values) {
      int above = y / cell * across;
      float down = smooth((y % cell) / (float) cell);
      for (int i = 0; i < across; i++) {
        line[i] = grid[above + i] + down * (grid[above + across + i] - grid[above + i]);
      }
      for (int x = 0; x < values.length; x++) {
        int left = x / cell;
        float right = smooth((x - left * cell) / (float) cell);
        values[x] += line[left] + right * (line[left + 1] - line[left]);
      }
    }

    private static float smooth(float t) {
      return t * t * (3 - 2 * t);
    }
  }
}
