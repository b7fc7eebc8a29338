package org.sightline.runtime.image;

import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * Compares what the first page of a TIFF claims with the file and with itself, before its reader
 * believes it: the reader of the JDK takes buffers as large as the file says.
 */
final class TiffCheck {
  private static final int OLD_JPEG = 6;
  private static final int JPEG = 7;

  /** Colours and alpha in 16 bits each; nothing that is read has more. */
  private static final int MAX_SAMPLES = 5;

  private static final List<Long> DEPTHS = List.of(1L, 2L, 4L, 8L, 16L);

  private final byte[] encoded;
  private final TiffTags tags;
  private final long blockWidth;
  private final long blockHeight;

  TiffCheck(byte[] encoded, TiffTags tags) throws IOException {
    this.encoded = encoded;
    this.tags = tags;
    long width = tags.value(TiffTags.WIDTH, 0);
    long height = tags.value(TiffTags.HEIGHT, 0);
    boolean tiled = tags.has(TiffTags.TILE_WIDTH);
    this.blockWidth = tiled ? tags.value(TiffTags.TILE_WIDTH, 0) : width;
    this.blockHeight =
        tiled
            ? tags.value(TiffTags.TILE_HEIGHT, 0)
            : Math.min(height, tags.value(TiffTags.ROWS_PER_STRIP, height));
    if (width < 1 || height < 1 || blockWidth < 1 || blockHeight < 1) {
      throw new IOException("width, height, and size of tiles or strips must be at least 1");
    }
    if (Math.max(Math.max(width, height), Math.max(blockWidth, blockHeight)) > Integer.MAX_VALUE) {
      throw new IOException("width, height, or size of tiles or strips is absurd");
    }
    checkBlocks(tiled);
  }

  /** Heap that the reader takes beside the image for one tile or strip, in bits. */
  long blockBits() throws IOException {
    long samples = tags.value(TiffTags.SAMPLES_PER_PIXEL, 1);
    long[] depths = tags.values(TiffTags.BITS_PER_SAMPLE);
    long bits = depths.length == 0 ? 1 : depths[0];
    boolean alike = Arrays.stream(depths).allMatch(depth -> depth == bits);
    if (samples < 1 || samples > MAX_SAMPLES || DEPTHS.contains(bits) == false || alike == false) {
      throw new IOException(
          samples
              + " samples a pixel with "
              + Arrays.toString(depths)
              + " bits, expected 1 to "
              + MAX_SAMPLES
              + ", all with one of "
              + DEPTHS);
    }
    double block = (double) blockWidth * blockHeight * samples * bits;
    return block > Long.MAX_VALUE / 2 ? Long.MAX_VALUE / 2 : (long) block;
  }

  private void checkBlocks(boolean tiled) throws IOException {
    long compression = tags.value(TiffTags.COMPRESSION, 1);
    if (compression == OLD_JPEG) {
      throw new IOException("JPEG compression of the old kind (6)");
    }
    long[] offsets = tags.values(tiled ? TiffTags.TILE_OFFSETS : TiffTags.STRIP_OFFSETS);
    long[] lengths = tags.values(tiled ? TiffTags.TILE_LENGTHS : TiffTags.STRIP_LENGTHS);
    if (offsets.length == 0 || offsets.length != lengths.length) {
      throw new IOException(offsets.length + " tiles or strips, but lengths of " + lengths.length);
    }
    long sum = 0;
    for (int i = 0; i < offsets.length; i++) {
      sum += lengths[i];
      if (offsets[i] + lengths[i] > encoded.length) {
        throw new EOFException("a tile or strip lies outside of the file: it is cut short");
      }
      if (sum > encoded.length) {
        throw new IOException("tiles or strips overlap");
      }
      if (compression == JPEG) {
        checkJpeg((int) offsets[i], (int) lengths[i]);
      }
    }
  }

  /** A JPEG stream inside may not be larger than the place it is for, but for its padding. */
  private void checkJpeg(int offset, int length) throws IOException {
    JpegSegments jpeg = new JpegSegments(encoded, offset, length);
    if (jpeg.width() > blockWidth + 15 || jpeg.height() > blockHeight + 15) {
      throw new IOException("a JPEG stream that is larger than its tile or strip");
    }
  }
}
