package org.sightline.image;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Iterator;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;
import org.sightline.bundle.ImageSpec.Transparency;
import org.sightline.inference.InferenceException;

/**
 * Decodes encoded images within limits. Messages begin after the field's name, so that callers put
 * {@code [photo] } in front of them. Thread-safe.
 */
public final class ImageDecoder {
  private final long maxBytes;
  private final long maxPixels;
  private final long maxDecodedBytes;

  /**
   * @param maxBytes largest encoded image
   * @param maxPixels largest width times height, taken from the header
   * @param maxDecodedBytes largest heap of a decoded image, likewise
   */
  public ImageDecoder(long maxBytes, long maxPixels, long maxDecodedBytes) {
    this.maxBytes = maxBytes;
    this.maxPixels = maxPixels;
    this.maxDecodedBytes = maxDecodedBytes;
  }

  /**
   * Reads the header and checks it against the limits; decodes nothing.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT}
   */
  public ImageHeader header(byte[] encoded) {
    return with(encoded, (format, reader) -> header(encoded, format, reader));
  }

  /**
   * Decodes an image, the first one where there are several.
   *
   * @param encoded the encoded image, not changed
   * @param transparency what happens to an alpha channel
   * @throws InferenceException of kind {@code INVALID_INPUT}, also when the image is cut short
   */
  public DecodedImage decode(byte[] encoded, Transparency transparency) {
    return with(
        encoded,
        (format, reader) -> {
          header(encoded, format, reader);
          Truncation truncation = new Truncation();
          reader.addIIOReadWarningListener(truncation);
          BufferedImage image = reader.read(0);
          if (truncation.message() != null) {
            throw damaged(format, truncation.message());
          }
          if (format == ImageFormat.GIF) {
            image = GifCanvas.place(encoded, reader, image);
          }
          return new DecodedImage(RasterRows.of(image, transparency));
        });
  }

  private interface Reading<T> {
    T read(ImageFormat format, ImageReader reader) throws IOException;
  }

  private <T> T with(byte[] encoded, Reading<T> reading) {
    if (encoded.length > maxBytes) {
      throw InferenceException.invalid(
          "has " + encoded.length + " bytes, allowed are at most " + maxBytes);
    }
    ImageFormat format =
        ImageFormat.of(encoded)
            .orElseThrow(
                () ->
                    InferenceException.invalid(
                        "is not an image: "
                            + encoded.length
                            + " bytes, expected one of "
                            + ImageFormat.names()));
    ImageReader reader = reader(format);
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(encoded))) {
      // GIF places its frame by metadata, in the others it is dead weight
      reader.setInput(in, true, format != ImageFormat.GIF);
      return reading.read(format, reader);
    } catch (InferenceException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // the readers of the JDK answer damaged files with all kinds of unchecked exceptions
      throw damaged(format, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    } finally {
      reader.dispose();
    }
  }

  private ImageHeader header(byte[] encoded, ImageFormat format, ImageReader reader)
      throws IOException {
    int width = reader.getWidth(0);
    int height = reader.getHeight(0);
    if (format == ImageFormat.GIF) {
      int[] canvas = GifCanvas.size(encoded);
      width = Math.max(width, canvas[0]);
      height = Math.max(height, canvas[1]);
    }
    int bits = reader.getImageTypes(0).next().getColorModel().getPixelSize();
    ImageHeader header = new ImageHeader(format, width, height, bits);
    if (header.pixels() > maxPixels) {
      throw InferenceException.invalid(
          String.format(
              Locale.ROOT,
              "has %d x %d pixels, allowed are at most %d pixels",
              width,
              height,
              maxPixels));
    }
    if (header.decodedBytes() > maxDecodedBytes) {
      throw InferenceException.invalid(
          String.format(
              Locale.ROOT,
              "has %d x %d pixels that take %d bytes of heap, allowed are at most %d",
              width,
              height,
              header.decodedBytes(),
              maxDecodedBytes));
    }
    return header;
  }

  private static ImageReader reader(ImageFormat format) {
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName(format.readerName());
    if (!readers.hasNext()) {
      throw new InferenceException(
          InferenceException.Kind.INTERNAL, "this Java has no reader for " + format);
    }
    return readers.next();
  }

  private static InferenceException damaged(ImageFormat format, String reason) {
    return InferenceException.invalid(
        "is a damaged or unsupported " + format + " image: " + reason);
  }
}
