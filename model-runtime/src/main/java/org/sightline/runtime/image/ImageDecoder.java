package org.sightline.runtime.image;

import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.encoded.ForeignFormat;
import org.sightline.runtime.encoded.ImageFormat;
import org.sightline.runtime.image.formats.DeclaredSize;
import org.sightline.runtime.image.formats.GifImage;
import org.sightline.runtime.image.formats.ImageHeader;
import org.sightline.runtime.image.formats.JdkImage;
import org.sightline.runtime.image.formats.LeptonicaLibrary;
import org.sightline.runtime.image.formats.OpenImage;
import org.sightline.runtime.image.formats.Orientations;
import org.sightline.runtime.image.formats.TurboJpeg;
import org.sightline.runtime.image.formats.WebpImage;
import org.sightline.runtime.image.pixels.DecodedImage;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.runtime.image.pixels.PixelRows;
import org.sightline.runtime.image.pixels.RgbRows;
import org.sightline.runtime.image.tiff.CameraRaw;
import org.sightline.runtime.image.tiff.TiffImage;
import org.sightline.runtime.inference.InferenceException;

/**
 * Decodes encoded images within limits. Messages begin after the field's name, so that callers put
 * {@code [photo] } in front of them. Thread-safe.
 */
public final class ImageDecoder {
  /** Longest reason of a refusal, in characters: readers put parts of the file into theirs. */
  private static final int MAX_REASON = 500;

  private final long maxBytes;
  private final long maxPixels;
  private final long maxDecodedBytes;
  private final LeptonicaLibrary leptonica;

  /**
   * @param maxBytes largest encoded image
   * @param maxPixels largest width times height, taken from the header
   * @param maxDecodedBytes largest heap of a decoded image, likewise
   */
  public ImageDecoder(long maxBytes, long maxPixels, long maxDecodedBytes) {
    this(maxBytes, maxPixels, maxDecodedBytes, LeptonicaLibrary.shared());
  }

  /**
   * A decoder with another library than that of this process.
   *
   * @param leptonica decodes JPEG and WebP
   */
  public ImageDecoder(
      long maxBytes, long maxPixels, long maxDecodedBytes, LeptonicaLibrary leptonica) {
    this.leptonica = leptonica;
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
   * Reads an image's header for a model and checks it against the limits. What it gives decodes as
   * transparency and orientation of the model's bundle say: a JPEG of at least a million pixels in
   * the half, the quarter or the eighth of its size where four samples, in quarters and eighths
   * three, are left for each that resizing makes; everything else in full.
   *
   * @param encoded the encoded image, not changed
   * @param spec the one of the {@link ImagePreprocessor} that gets the result
   * @return to be closed by the caller
   * @throws InferenceException of kind {@code INVALID_INPUT}
   */
  public CheckedImage open(byte[] encoded, ImageSpec spec) {
    return open(encoded, spec.orientation(), header -> spec, false);
  }

  /**
   * As {@link #open(byte[], ImageSpec)}, but for people to look at, in a size that depends on the
   * image's: a JPEG is decoded in the smallest fraction that leaves three samples for two pixels.
   *
   * @param spec has the same orientation
   */
  CheckedImage openToLookAt(
      byte[] encoded, Orientation orientation, Function<ImageHeader, ImageSpec> spec) {
    return open(encoded, orientation, spec, true);
  }

  private CheckedImage open(
      byte[] encoded,
      Orientation orientation,
      Function<ImageHeader, ImageSpec> spec,
      boolean toLookAt) {
    ImageFormat format = format(encoded);
    OpenImage image = guarded(format, () -> openAs(format, encoded));
    try {
      return guarded(
          format,
          () -> {
            ImageHeader header = check(image, orientation);
            return new CheckedImage(image, header, spec.apply(header), toLookAt);
          });
    } catch (InferenceException e) {
      image.close();
      throw e;
    }
  }

  /**
   * Decodes an image for a model and copies it, see {@link #open}.
   *
   * @throws InferenceException of kind {@code INVALID_INPUT}, also when the image is cut short
   */
  public DecodedImage decode(byte[] encoded, ImageSpec spec) {
    try (CheckedImage image = open(encoded, spec)) {
      return copied(image.decode().rows());
    }
  }

  /**
   * Decodes an image in full, the first one where there are several, and copies it.
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
          return copied(UprightRows.of(rows, turn(image, orientation)));
        });
  }

  /** Decodes as EXIF turns it, see {@link #decode(byte[], Transparency, Orientation)}. */
  public DecodedImage decode(byte[] encoded, Transparency transparency) {
    return decode(encoded, transparency, Orientation.EXIF);
  }

  /** To be read when the image has been closed. */
  private static DecodedImage copied(PixelRows rows) {
    return new DecodedImage(RgbRows.copyOf(rows));
  }

  private interface Reading<T> {
    T read(OpenImage image) throws IOException;
  }

  private <T> T with(byte[] encoded, Reading<T> reading) {
    ImageFormat format = format(encoded);
    return guarded(
        format,
        () -> {
          try (OpenImage image = openAs(format, encoded)) {
            return reading.read(image);
          }
        });
  }

  private ImageFormat format(byte[] encoded) {
    if (encoded.length > maxBytes) {
      throw InferenceException.invalid(
          "has " + encoded.length + " bytes, allowed are at most " + maxBytes);
    }
    String expected = "one of " + ImageFormat.names();
    if (encoded.length == 0) {
      throw InferenceException.invalid("is empty, expected " + expected);
    }
    Optional<ImageFormat> format = ImageFormat.of(encoded);
    boolean tiff = format.filter(ImageFormat.TIFF::equals).isPresent();
    // most camera raw files are TIFFs whose first picture is a thumbnail
    Optional<ForeignFormat> foreign =
        format.isEmpty() || tiff ? ForeignFormat.of(encoded) : Optional.empty();
    if (tiff && foreign.isEmpty()) {
      foreign = CameraRaw.of(encoded);
    }
    if (foreign.isPresent()) {
      throw foreign.get().refusal(expected);
    }
    return format.orElseThrow(
        () ->
            InferenceException.invalid(
                "is not an image: " + encoded.length + " bytes, expected " + expected));
  }

  /** Takes a step; what goes wrong says that the image is damaged. */
  static <T> T guarded(ImageFormat format, OpenImage.Step<T> step) {
    try {
      return step.take();
    } catch (InferenceException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // the readers of the JDK answer damaged files with all kinds of unchecked exceptions
      throw damaged(format, e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage());
    }
  }

  private OpenImage openAs(ImageFormat format, byte[] encoded) throws IOException {
    return switch (format) {
      case WEBP -> WebpImage.open(leptonica, encoded);
      case JPEG -> TurboJpeg.open(leptonica, encoded);
      case PNG -> JdkImage.png(encoded);
      case GIF -> GifImage.open(encoded);
      case BMP -> JdkImage.bmp(encoded);
      case TIFF -> TiffImage.open(leptonica, encoded);
    };
  }

  /** The orientation that is applied, 1 to 8. */
  static int turn(OpenImage image, Orientation orientation) {
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
    if (Math.max(width, height) > ImageHeader.MAX_SIDE) {
      throw InferenceException.invalid(
          String.format(
              Locale.ROOT,
              "has %d x %d pixels, allowed are at most %d on a side",
              width,
              height,
              ImageHeader.MAX_SIDE));
    }
    if (header.decodedBytes() > maxDecodedBytes) {
      throw InferenceException.invalid(
          String.format(
              Locale.ROOT,
              "has %d x %d pixels that take %d bytes of memory, allowed are at most %d",
              width,
              height,
              header.decodedBytes(),
              maxDecodedBytes));
    }
    return header;
  }

  private static InferenceException damaged(ImageFormat format, String reason) {
    return InferenceException.invalid(
        "is a damaged or unsupported "
            + format
            + " image: "
            + (reason.length() > MAX_REASON ? reason.substring(0, MAX_REASON) + "…" : reason));
  }
}
