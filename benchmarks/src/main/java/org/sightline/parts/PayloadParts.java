package org.sightline.parts;

import java.io.IOException;
import java.util.Base64;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.sightline.runtime.inference.Digest;
import org.sightline.runtime.inference.EncodedImages;
import org.sightline.runtime.inference.InferenceInput.Image;

/** A picture of 52 kB as it comes in a document. */
public class PayloadParts {
  private static final long MAX_BYTES = 20L << 20;

  /** Photographs of the usual size, as bytes and as text. */
  @State(Scope.Thread)
  public static class Photographs {
    private Turns<byte[]> bytes;
    private Turns<String> base64;
    private Turns<String> dataUris;

    /** Reads and encodes them. */
    @Setup
    public void read() throws IOException {
      List<byte[]> photos = Material.smallPhotos();
      List<String> texts = photos.stream().map(Base64.getEncoder()::encodeToString).toList();
      bytes = new Turns<>(photos);
      base64 = new Turns<>(texts);
      dataUris = new Turns<>(texts.stream().map("data:image/jpeg;base64,"::concat).toList());
    }
  }

  /** {@link Parts#DIGEST}. */
  @Benchmark
  public String digest(Photographs photos) {
    return Digest.sha256(photos.bytes.next());
  }

  /** {@link Parts#BASE64}. */
  @Benchmark
  public byte[] base64(Photographs photos) {
    return EncodedImages.fromText("photo", photos.base64.next(), MAX_BYTES);
  }

  /** {@link Parts#DATA_URI}. */
  @Benchmark
  public byte[] dataUri(Photographs photos) {
    return EncodedImages.fromText("photo", photos.dataUris.next(), MAX_BYTES);
  }

  /** {@link Parts#DOCUMENT_INPUT}: what the processors make of a document's field. */
  @Benchmark
  public Image input(Photographs photos) {
    return Image.of(EncodedImages.fromText("photo", photos.dataUris.next(), MAX_BYTES));
  }
}
