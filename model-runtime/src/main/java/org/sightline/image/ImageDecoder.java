package org.sightline.image;

import java.io.IOException;
import java.util.Locale;
import org.sightline.bundle.ImageSpec;
import org.sightline.bundle.ImageSpec.Orientation;
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
  private final JpegLibrary jpeg;

  /**
   * @param maxBytes largest encoded image
   * @param maxPixels largest width times height, taken from the header
   * @param maxDecodedBytes largest heap of a decoded image, likewise
   */
  public ImageDecoder(long maxBytes, long maxPixels, long maxDecodedBytes) {
    this(maxBytes, maxPixels, maxDecodedBytes, JpegLibrary.shared());
  }

  ImageDecoder(long maxBytes, long maxPixels, long maxDecodedBytes, JpegLibrary jpeg) {
    this.jpeg = jpeg;
    this.maxBytes = maxBytes;
    this.maxPixels = maxPixels;
    this.maxDecodedBytes = maxDecodedBytes;
  }

  /**
   * Reads the header and checks it against the limits; decodes nothing.
   *
   * @param orientation whether EXIF may turn the image, which exchanges its width and height
   * @throws InferenceException of kind {@code INVALID_INPUT}
   */
  public ImageHeader header(byte[] encoded, Orientation orientation) {
    return with(encoded, image -> check(image, orientation));
  }

  /** The header of the image as EXIF turns it, see {@link #header(byte[], Orientation)}. */
  public ImageHeader header(byte[] encoded) {
    return header(encoded, Orientation.EXIF);
  }

  /**
   * Pixels that decoding an image will take, from a few bytes of its header and quickly: what a
   * header claims, not whether the image is one.
   *
   * @return 0 where it will be refused, or does not tell
   */
  public long declaredPixels(byte[] encoded) {
    long pixels = encoded.length > maxBytes ? 0 : DeclaredSize.pixels(encoded);
    return pixels > maxPixels ? 0 : pixels;
  }

  /**
   * Decodes an image for a model, as transparency and orientation of its bundle say. A JPEG of at
   * least a million pixels that is six times as large as the model wants it, or more, is decoded in
   * the half, the quarter or the eighth of its size, so that three samples are left for each that
   * resizing makes; everything else in full.
   *
   * @param encoded the encoded image, not changed
   * @param spec the one of the {@link ImagePreprocessor} that gets the result
   * @throws InferenceException of kind {@code INVALID_INPUT}, also when the image is cut short
   */
  public DecodedImage decode(byte[] encoded, ImageSpec spec) {
    return with(
        encoded,
        image -> {
          ImageHeader seen = check(image, spec.orientation());
          ResizedSides sides = ResizedSides.of(spec, seen.width(), seen.height());
          int reduction = sides.reduction(seen.width(), seen.height());
          PixelRows rows = image.decode(spec.transparency(), reduction);
          return new DecodedImage(UprightRows.of(rows, turn(image, spec.orientation())));
        });
  }

  /**
   * Decodes an image in full, the first one where there are several.
   *
   * @param encoded the encoded image, not changed
   * @param transparency what happens to an alpha channel
   * @param orientation whether EXIF may turn the image
   * @throws InferenceException of kind {@code INVALID_INPUT}, also when the image is cut short
   */
  public DecodedImage decode(byte[] encoded, Transparency transparency, Orientation orientation) {
    return with(
        encoded,
        image -> {
          check(image, orientation);
          PixelRows rows = image.decode(transparency);
          return new DecodedImage(UprightRows.of(rows, turn(image, orientation)));
        });
  }

  /** Decodes as EXIF turns it, see {@link #decode(byte[], Transparency, Orientation)}. */
  public DecodedImage decode(byte[] encoded, Transparency transparency) {
    return decode(encoded, transparency, Orientation.EXIF);
  }

  private interface Reading<T> {
    T read(OpenImage image) throws IOException;
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
    try (OpenImage image = open(encoded, format)) {
      return reading.read(image);
    } catch (InferenceException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // the readers of the JDK answer damaged files with all kinds of unchecked exceptions
      throw damaged(format, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }

  private OpenImage open(byte[] encoded, ImageFormat format) throws IOException {
    return switch (format) {
      case WEBP -> WebpImage.open(encoded);
      case JPEG -> TurboJpeg.open(jpeg, encoded);
      default -> JdkImage.open(encoded, format);
    };
  }

  /** The orientation that is applied, 1 to 8. */
  private static int turn(OpenImage image, Orientation orientation) {
    // in TIFF it belongs to the picture itself, and Pillow applies it whenever it opens one
    boolean always = image.header().format() == ImageFormat.TIFF;
    return orientation == Orientation.EXIF || always ? image.orientation() : Orientations.UPRIGHT;
  }

  private ImageHeader check(OpenImage image, Orientation orientation) {
    ImageHeader header = image.header().turned(turn(image, orientation));
    int width = header.width();
    int height = header.height();
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

  private static InferenceException damaged(ImageFormat format, String reason) {
    return InferenceException.invalid(
        "is a damaged or unsupported " + format + " image: " + reason);
  }
}
