package org.sightline.parts;

import java.io.IOException;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sightline.runtime.bundle.ImageSpec;
import org.sightline.runtime.bundle.ImageSpec.Crop;
import org.sightline.runtime.bundle.ImageSpec.Interpolation;
import org.sightline.runtime.bundle.ImageSpec.Orientation;
import org.sightline.runtime.bundle.ImageSpec.Resize;
import org.sightline.runtime.bundle.ImageSpec.Transparency;
import org.sightline.runtime.image.CheckedImage;
import org.sightline.runtime.image.ImageDecoder;
import org.sightline.runtime.image.ImageHeader;
import org.sightline.runtime.image.pixels.DecodedImage;
import org.sightline.runtime.image.pixels.ImagePreprocessor;
import org.sightline.testsupport.gallery.Picture;

/** From encoded pictures to the pixels of a graph. */
public class ImageParts {
  private static final long MAX = 100_000_000;
  private static final ImageDecoder DECODER = new ImageDecoder(MAX, MAX, MAX);

  /** What CLIP ViT-B/32 takes. */
  private static final ImageSpec CLIP =
      new ImageSpec(
          224,
          224,
          Resize.SHORTEST_EDGE,
          Interpolation.BICUBIC,
          Crop.CENTER,
          List.of(0.48145466f, 0.4578275f, 0.40821073f),
          List.of(0.26862954f, 0.26130258f, 0.27577711f),
          Transparency.DROP,
          Orientation.EXIF);

  private static DecodedImage decoded(byte[] encoded) {
    return DECODER.decode(encoded, CLIP);
  }

  /** Decodes as the runtime does, without a copy of the pixels. */
  private static int decodedWidth(byte[] encoded) {
    try (CheckedImage image = DECODER.open(encoded, CLIP)) {
      return image.decode().width();
    }
  }

  /** Photographs of the usual size. */
  @State(Scope.Thread)
  public static class Small {
    private Turns<byte[]> encoded;

    /** Reads them. */
    @Setup
    public void read() throws IOException {
      encoded = new Turns<>(Material.smallPhotos());
    }
  }

  /** Photographs of 12 megapixels. */
  @State(Scope.Thread)
  public static class Large {
    private Turns<byte[]> encoded;

    /** Reads them. */
    @Setup
    public void read() throws IOException {
      encoded = new Turns<>(Material.largePhotos());
    }
  }

  /** Pictures of the gallery. */
  @State(Scope.Thread)
  public static class Png {
    private Turns<byte[]> encoded;

    /** Reads them. */
    @Setup
    public void read() {
      encoded = new Turns<>(Material.gallery(Material.INPUTS).stream().map(Picture::png).toList());
    }
  }

  /** One photograph as WebP. */
  @State(Scope.Thread)
  public static class Webp {
    private byte[] encoded;

    /** Reads it. */
    @Setup
    public void read() throws IOException {
      encoded = Material.webp();
    }
  }

  /** Photographs of the usual size, decoded. */
  @State(Scope.Thread)
  public static class SmallDecoded {
    private final ImagePreprocessor preprocessor = new ImagePreprocessor(CLIP);
    private Turns<DecodedImage> images;

    /** Decodes them. */
    @Setup
    public void decode() throws IOException {
      images = new Turns<>(Material.smallPhotos().stream().map(ImageParts::decoded).toList());
    }
  }

  /** Photographs of 12 megapixels, decoded. */
  @State(Scope.Thread)
  public static class LargeDecoded {
    private final ImagePreprocessor preprocessor = new ImagePreprocessor(CLIP);
    private Turns<DecodedImage> images;

    /** Decodes them. */
    @Setup
    public void decode() throws IOException {
      images = new Turns<>(Material.largePhotos().stream().map(ImageParts::decoded).toList());
    }
  }

  /** {@link Parts#HEADER}. */
  @Benchmark
  public ImageHeader header(Small photos) {
    return DECODER.header(photos.encoded.next());
  }

  /** {@link Parts#HEADER_12MP}. */
  @Benchmark
  public ImageHeader headerLarge(Large photos) {
    return DECODER.header(photos.encoded.next());
  }

  /** {@link Parts#DECODE_JPEG}. */
  @Benchmark
  public int decodeJpeg(Small photos) {
    return decodedWidth(photos.encoded.next());
  }

  /** {@link Parts#DECODE_PNG}. */
  @Benchmark
  public int decodePng(Png pictures) {
    return decodedWidth(pictures.encoded.next());
  }

  /** {@link Parts#DECODE_WEBP}. */
  @Benchmark
  public int decodeWebp(Webp photo) {
    return decodedWidth(photo.encoded);
  }

  /** {@link Parts#DECODE_12MP}. */
  @Benchmark
  public int decodeLarge(Large photos) {
    return decodedWidth(photos.encoded.next());
  }

  /** {@link Parts#PREPROCESS}. */
  @Benchmark
  public float[] preprocess(SmallDecoded photos) {
    return photos.preprocessor.pixels(photos.images.next());
  }

  /** {@link Parts#PREPROCESS_12MP}. */
  @Benchmark
  public float[] preprocessLarge(LargeDecoded photos) {
    return photos.preprocessor.pixels(photos.images.next());
  }
}
