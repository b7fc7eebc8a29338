package org.sightline.runtime.image.tiff;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.formats.Orientations;
import org.sightline.runtime.image.formats.TiffDirectory;

/**
 * How a TIFF stores its first picture, read once and checked (TIFF 6.0, with the BigTIFF, Adobe and
 * libtiff additions that Pillow reads).
 *
 * @param width in pixels
 * @param height in pixels
 * @param colours what the samples mean
 * @param bits a sample: 1, 2, 4, 8, 12, 16 or 32, the same for all
 * @param samples a pixel, extra ones included
 * @param format of a sample: unsigned, signed or floating point
 * @param alpha whether one of the extra samples is an opacity, and of which kind
 * @param planes 1 where a segment has all samples of its pixels, otherwise one plane a sample
 * @param segmentWidth of a strip or tile, in pixels
 * @param segmentHeight of a strip or tile, in pixels
 * @param offsets places of the segments in the file, plane by plane
 * @param lengths of the segments, in bytes
 * @param palette red, green and blue of each index in 16 bits, or null
 */
public record TiffLayout(
    int width,
    int height,
    Colours colours,
    int bits,
    int samples,
    Format format,
    Alpha alpha,
    int planes,
    int compression,
    int predictor,
    boolean reversedBits,
    int segmentWidth,
    int segmentHeight,
    long[] offsets,
    long[] lengths,
    long[] palette,
    ByteBuffer jpegTables,
    int faxOptions,
    int orientation) {

  static final int NONE = 1;
  static final int LZW = 5;
  static final int JPEG = 7;
  static final int DEFLATE = 8;
  static final int PACK_BITS = 32773;
  static final int OLD_DEFLATE = 32946;
  static final int LZMA = 34925;

  private static final int BITS_PER_SAMPLE = 258;
  private static final int COMPRESSION = 259;
  private static final int PHOTOMETRIC = 262;
  private static final int FILL_ORDER = 266;
  private static final int STRIP_OFFSETS = 273;
  private static final int SAMPLES_PER_PIXEL = 277;
  private static final int ROWS_PER_STRIP = 278;
  private static final int STRIP_LENGTHS = 279;
  private static final int PLANAR_CONFIGURATION = 284;
  private static final int FAX_OPTIONS = 292;
  private static final int PREDICTOR = 317;
  private static final int COLOUR_MAP = 320;
  private static final int TILE_WIDTH = 322;
  private static final int TILE_HEIGHT = 323;
  private static final int TILE_OFFSETS = 324;
  private static final int TILE_LENGTHS = 325;
  private static final int EXTRA_SAMPLES = 338;
  private static final int SAMPLE_FORMAT = 339;
  private static final int JPEG_TABLES = 347;

  /** Most samples a pixel, as in Pillow. */
  private static final int MAX_SAMPLES = 6;

  /** Most strips or tiles: one a row of each sample of the highest picture. */
  private static final int MAX_SEGMENTS = MAX_SAMPLES * ImageHeader.MAX_SIDE;

  /** What the first samples of a pixel mean. */
  enum Colours {
    WHITE_IS_ZERO(1),
    BLACK_IS_ZERO(1),
    RGB(3),
    PALETTE(1),
    CMYK(4),
    YCBCR(3);

    final int samples;

    Colours(int samples) {
      this.samples = samples;
    }

    static Colours of(long photometric) throws IOException {
      return switch ((int) photometric) {
        case 0 -> WHITE_IS_ZERO;
        case 1 -> BLACK_IS_ZERO;
        case 2 -> RGB;
        case 3 -> PALETTE;
        case 5 -> CMYK;
        case 6 -> YCBCR;
        default -> throw new IOException("colours of kind " + photometric + " (Photometric)");
      };
    }
  }

  /** Sample formats, in the order of their numbers in the file. */
  enum Format {
    UNSIGNED,
    SIGNED,
    FLOAT
  }

  /** The first extra sample. */
  enum Alpha {
    NONE,
    PREMULTIPLIED,
    STRAIGHT
  }

  static TiffLayout of(TiffDirectory tags) throws IOException {
    int compression = (int) tags.value(COMPRESSION, NONE);
    int samples = Math.toIntExact(between(tags, SAMPLES_PER_PIXEL, 1, 1, MAX_SAMPLES));
    Colours colours = Colours.of(tags.value(PHOTOMETRIC, 0));
    if (colours == Colours.YCBCR && samples == 1) {
      colours = Colours.BLACK_IS_ZERO;
    }
    if (samples < colours.samples) {
      throw new IOException(samples + " samples a pixel, expected " + colours.samples);
    }
    int width = (int) between(tags, TiffDirectory.WIDTH, 0, 1, Integer.MAX_VALUE);
    int height = (int) between(tags, TiffDirectory.HEIGHT, 0, 1, Integer.MAX_VALUE);
    boolean tiled = tags.has(TILE_OFFSETS);
    boolean separate = tags.value(PLANAR_CONFIGURATION, 1) == 2 && samples > 1;
    long rows = tags.value(ROWS_PER_STRIP, height);
    int bits = same(tags, BITS_PER_SAMPLE, 1, samples);
    TiffLayout layout =
        new TiffLayout(
            width,
            height,
            colours,
            bits,
            samples,
            format(same(tags, SAMPLE_FORMAT, 1, samples)),
            alpha(tags, samples - colours.samples),
            separate ? samples : 1,
            compression,
            (int) between(tags, PREDICTOR, 1, 1, 3),
            tags.value(FILL_ORDER, 1) == 2,
            tiled ? (int) between(tags, TILE_WIDTH, 0, 1, Integer.MAX_VALUE) : width,
            tiled
                ? (int) between(tags, TILE_HEIGHT, 0, 1, Integer.MAX_VALUE)
                : Math.clamp(rows, 1, height),
            tags.values(tiled ? TILE_OFFSETS : STRIP_OFFSETS, MAX_SEGMENTS),
            tags.values(tiled ? TILE_LENGTHS : STRIP_LENGTHS, MAX_SEGMENTS),
            colours == Colours.PALETTE ? tags.values(COLOUR_MAP, 3 << 16) : null,
            tags.content(JPEG_TABLES),
            (int) tags.value(FAX_OPTIONS, 0),
            Orientations.valid(tags.orientation()));
    layout.checkSamples();
    return layout;
  }

  private void checkSamples() throws IOException {
    boolean known =
        switch (bits) {
          case 1, 2, 4 -> samples == 1 && format == Format.UNSIGNED;
          case 8 -> format != Format.FLOAT;
          case 12 -> samples == 1 && format == Format.UNSIGNED && colours == Colours.BLACK_IS_ZERO;
          case 16 -> format == Format.UNSIGNED || samples == 1 && format == Format.SIGNED;
          case 32 -> samples == 1 && colours != Colours.PALETTE;
          default -> false;
        };
    if (known == false) {
      throw new IOException(samples + " samples of " + bits + " bits, " + format);
    }
    if (palette != null && palette.length != 3 << bits) {
      throw new IOException("a palette of " + palette.length + " numbers, expected " + (3 << bits));
    }
  }

  /**
   * Checks that all segments lie within the file; after the size was found to be allowed.
   *
   * @param fileLength in bytes
   */
  void checkSegments(long fileLength) throws IOException {
    long count = (long) planes * across() * down();
    if (offsets.length < count || lengths.length < count) {
      throw new IOException(
          "places of " + Math.min(offsets.length, lengths.length) + " of " + count + " segments");
    }
    for (int i = 0; i < count; i++) {
      if (offsets[i] < 0 || lengths[i] < 0 || offsets[i] > fileLength - lengths[i]) {
        throw new IOException("segment " + i + " lies outside of the file: it is cut short");
      }
    }
  }

  /** Segments beside each other. */
  int across() {
    return (width + segmentWidth - 1) / segmentWidth;
  }

  /** Segments below each other. */
  int down() {
    return (int) (((long) height + segmentHeight - 1) / segmentHeight);
  }

  /** Samples of a pixel in one segment. */
  int segmentSamples() {
    return planes == 1 ? samples : 1;
  }

  /** Bytes of a row of so many pixels of one plane. */
  long rowBytes(int pixels) {
    return ((long) pixels * segmentSamples() * bits + 7) / 8;
  }

  /**
   * Heap and native memory of decoding: all samples, and one segment in the largest of its forms.
   */
  long decodedBytes() {
    // the stream of a JPEG segment, its decoded form in native memory, and its samples
    int copies = compression == JPEG ? 4 + 8 / segmentSamples() : 1;
    return saturated(planes * rowBytes(width), height)
        + saturated(copies * rowBytes(segmentWidth), segmentHeight);
  }

  /** The product; where it is more than any limit, a number that no limit allows. */
  private static long saturated(long a, long b) {
    return Math.multiplyHigh(a, b) == 0
        ? Math.clamp(a * b, 0, Long.MAX_VALUE / 4)
        : Long.MAX_VALUE / 4;
  }

  private static Format format(int number) throws IOException {
    if (number < 1 || number > Format.values().length) {
      throw new IOException("samples of format " + number + " (SampleFormat)");
    }
    return Format.values()[number - 1];
  }

  /** A pixel with one sample more than colours, of which nothing is said, has an opacity. */
  private static Alpha alpha(TiffDirectory tags, int extra) throws IOException {
    long[] kinds = tags.values(EXTRA_SAMPLES, MAX_SAMPLES);
    if (extra == 0) {
      return Alpha.NONE;
    }
    long kind = kinds.length == 0 ? 2 : kinds[0];
    return kind == 0 ? Alpha.NONE : kind == 1 ? Alpha.PREMULTIPLIED : Alpha.STRAIGHT;
  }

  /** A value that all samples share. */
  private static int same(TiffDirectory tags, int tag, int other, int samples) throws IOException {
    long[] values = tags.values(tag, 64);
    for (int i = 0; i < Math.min(values.length, samples); i++) {
      if (values[i] != values[0] || values[i] > 64) {
        throw new IOException("samples that differ in tag " + tag + ": " + Arrays.toString(values));
      }
    }
    return values.length == 0 ? other : (int) values[0];
  }

  private static long between(TiffDirectory tags, int tag, long other, long least, long most)
      throws IOException {
    long value = tags.value(tag, other);
    if (value < least || value > most) {
      throw new IOException(
          "tag " + tag + " is " + value + ", allowed are " + least + " to " + most);
    }
    return value;
  }
}
