package org.sightline.runtime.image.formats;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.leptonica.PIX;
import org.bytedeco.leptonica.global.leptonica;
import org.sightline.runtime.image.pixels.Extent;
import org.sightline.runtime.lease.NativeLibraries;

/**
 * The native decoders of JPEG and WebP, libjpeg-turbo and libwebp inside Leptonica; or the reason
 * why there are none. Thread-safe.
 *
 * <p>JavaCPP's own loader is not used: it unpacks below the home folder and leaves files there.
 * Nothing is allocated through JavaCPP, whose pointers would weigh the memory of the process and
 * may collect garbage before they allocate: arrays go in, and what comes out is freed when {@link
 * LeptonicaRows} are closed.
 */
public final class LeptonicaLibrary {
  /** What the static initialisers of JavaCPP read; set while they run. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          // libraries are loaded here
          "org.bytedeco.javacpp.loadlibraries", "false",
          // no thread that frees what the garbage collector found: nothing is left to it
          "org.bytedeco.javacpp.nopointergc", "true");

  /** Of Leptonica's severities the one above all messages. */
  private static final int SILENT = 6;

  private final String refusal;
  private final AtomicInteger open = new AtomicInteger();

  private LeptonicaLibrary(String refusal) {
    this.refusal = refusal;
  }

  private static final class Holder {
    static final LeptonicaLibrary SHARED =
        open(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
  }

  /** The one of this class loader, loaded on first use: a process loads a library once. */
  public static LeptonicaLibrary shared() {
    return Holder.SHARED;
  }

  /** Loads; whatever goes wrong becomes the reason why there is none. */
  static LeptonicaLibrary open(String osName, String osArch) {
    try {
      load(platform(osName, osArch));
      return new LeptonicaLibrary(null);
    } catch (IOException | RuntimeException | LinkageError e) {
      Throwable first = e;
      while (first.getCause() != null) {
        first = first.getCause();
      }
      return refused(first.toString());
    }
  }

  /** None, for a reason. */
  static LeptonicaLibrary refused(String reason) {
    return new LeptonicaLibrary(reason);
  }

  /** Why there is none; null where there is one. */
  public String refusal() {
    return refusal;
  }

  /** Native pictures that are not freed: 0 whenever nothing is decoded. */
  int openPictures() {
    return open.get();
  }

  /**
   * Decodes a JPEG with one or three components.
   *
   * @param full size and components as its header tells them
   * @param reduction 1, 2, 4 or 8, by which the sides are divided
   * @return to be closed by the caller; null where libjpeg warns of anything, or finds another
   *     picture than the header tells of
   */
  LeptonicaRows decode(byte[] jpeg, ImageHeader full, boolean grey, int reduction) {
    int[] warnings = new int[1];
    PIX picture = leptonica.pixReadMemJpeg(jpeg, jpeg.length, 0, reduction, warnings, 0);
    Extent extent = Extent.reduced(full.width(), full.height(), reduction);
    return rows(picture, extent, grey, warnings[0] == 0);
  }

  /**
   * Decodes a WebP picture that is no animation.
   *
   * @param webp the container with its size, and an alpha channel only where one is declared
   * @return opacity in the lowest 8 bits of each word; to be closed by the caller; null where
   *     libwebp refuses the file or finds another size
   */
  LeptonicaRows decodeWebp(byte[] webp, int width, int height) {
    PIX picture = leptonica.pixReadMemWebP(webp, webp.length);
    return rows(picture, Extent.whole(width, height), false, true);
  }

  /** The rows of a picture of that size; null, and the picture freed, where it is another one. */
  private LeptonicaRows rows(PIX picture, Extent extent, boolean grey, boolean whole) {
    if (picture == null) {
      return null;
    }
    open.incrementAndGet();
    LeptonicaRows rows = new LeptonicaRows(picture, extent, grey, open::decrementAndGet);
    if (whole
        && rows.width() == (int) Math.ceil(extent.width())
        && rows.height() == (int) Math.ceil(extent.height())
        && leptonica.pixGetDepth(picture) == (grey ? 8 : 32)) {
      return rows;
    }
    rows.close();
    return null;
  }

  private static void load(String platform) throws IOException {
    List<String> names = names(platform);
    Map<String, String> before = new HashMap<>();
    try {
      set(SETTINGS, before);
      NativeLibraries.load(
          "sightline-leptonica", names.stream().map("org/bytedeco/"::concat).toList());
      // every class that is used: one that is initialised later would load libraries by itself
      for (Class<?> used : List.of(Pointer.class, IntPointer.class, PIX.class, leptonica.class)) {
        Class.forName(used.getName(), true, used.getClassLoader());
      }
      leptonica.setMsgSeverity(SILENT);
    } catch (ClassNotFoundException e) {
      throw new IOException(e);
    } finally {
      set(before, new HashMap<>());
    }
  }

  /**
   * Sets system properties; null clears one. Elasticsearch refuses without an exception where a
   * plugin may not.
   *
   * @param before receives what they were, as far as they were set when this fails
   */
  private static void set(Map<String, String> properties, Map<String, String> before) {
    properties.forEach(
        (name, value) -> {
          before.put(
              name, value == null ? System.clearProperty(name) : System.setProperty(name, value));
          if (Objects.equals(value, System.getProperty(name)) == false) {
            throw new IllegalStateException("may not set the system property [" + name + "]");
          }
        });
  }

  /**
   * Paths below {@code org/bytedeco}, in the order in which they need each other. Leptonica's
   * library for Windows writes each picture into a temporary file before it reads it, so that the
   * reader of the JDK is used there.
   */
  static List<String> names(String platform) throws IOException {
    String javacpp = "javacpp/" + platform + "/";
    String leptonica = "leptonica/" + platform + "/";
    return switch (platform) {
      case "linux-x86_64", "linux-arm64" ->
          List.of(
              javacpp + "libjnijavacpp.so",
              leptonica + "libleptonica.so.6",
              leptonica + "libjnileptonica.so");
      case "macosx-arm64" ->
          List.of(
              javacpp + "libjnijavacpp.dylib",
              leptonica + "libleptonica.6.dylib",
              leptonica + "libjnileptonica.dylib");
      default -> throw new IOException("there is none for [" + platform + "]");
    };
  }

  /** As JavaCPP names it. */
  static String platform(String osName, String osArch) {
    String name = osName.toLowerCase(Locale.ROOT);
    String os = name.startsWith("win") ? "windows" : name.startsWith("mac") ? "macosx" : "linux";
    return switch (osArch) {
      case "amd64", "x86_64" -> os + "-x86_64";
      case "aarch64", "arm64" -> os + "-arm64";
      default -> os + "-" + osArch;
    };
  }
}
