package org.sightline.parts;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.sightline.benchmarks.Photos;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.testsupport.gallery.Gallery;
import org.sightline.testsupport.gallery.Picture;

/** What the parts work on: the photographs and the gallery of the other benchmarks, and bundles. */
final class Material {
  /** The checkout, in the process that JMH starts for a part. */
  static final String CHECKOUT = "sightline.checkout";

  /** So many different inputs take turns, that no branch is learned by heart. */
  static final int INPUTS = 16;

  private Material() {}

  static Path checkout() {
    String checkout = System.getProperty(CHECKOUT);
    if (checkout == null) {
      throw new IllegalStateException("the system property [" + CHECKOUT + "] is not set");
    }
    return Path.of(checkout);
  }

  /** JPEG of 500 by 375 pixels, 52 kB. */
  static List<byte[]> smallPhotos() throws IOException {
    return Photos.read(photos().small(INPUTS));
  }

  /** JPEG of 4000 by 3000 pixels, 3.3 MB. */
  static List<byte[]> largePhotos() throws IOException {
    return Photos.read(photos().large(2));
  }

  private static Photos photos() {
    return new Photos(checkout().resolve(".cache/benchmarks/photos"));
  }

  /** The first small photograph as lossy WebP, made once by Pillow with quality 80. */
  static byte[] webp() throws IOException {
    try (InputStream in = Material.class.getResourceAsStream("photo.webp")) {
      if (in == null) {
        throw new IOException("photo.webp is not among the resources");
      }
      return in.readAllBytes();
    }
  }

  /** Some pictures of the gallery from all over it: PNG of 64 by 64 pixels with alpha. */
  static List<Picture> gallery(int count) {
    Path zip = checkout().resolve("gallery-demo/gallery/noto.zip");
    List<Picture> all = Gallery.read(zip).pictures();
    int step = all.size() / count;
    return IntStream.range(0, count).mapToObj(i -> all.get(i * step)).toList();
  }

  static Path bundles() {
    return checkout().resolve("model-runtime/bundles");
  }

  static Bundle bundle(String id) {
    return Bundle.read(bundles().resolve(id));
  }
}
