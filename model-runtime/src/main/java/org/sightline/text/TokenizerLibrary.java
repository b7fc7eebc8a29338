package org.sightline.text;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Brings the native tokenizer library into the process, once for each class loader.
 *
 * <p>DJL's own loader is not used: it unpacks below the home folder, needs the thread's context
 * class loader, and its callers report to a telemetry service. Here the library goes from the jar
 * into a new folder below {@code java.io.tmpdir}, which must be writable and must allow execution,
 * and the files are deleted as soon as they are mapped (on Windows: when the process ends). To use
 * another folder set {@code java.io.tmpdir}.
 */
final class TokenizerLibrary {
  private TokenizerLibrary() {}

  /** Loads on first use; a failure stays and is thrown to every caller. */
  static void ensureLoaded() {
    if (Holder.FAILURE != null) {
      throw new IllegalStateException(Holder.FAILURE.getMessage(), Holder.FAILURE);
    }
  }

  private static final class Holder {
    static final Exception FAILURE = load();

    private static Exception load() {
      try {
        TokenizerLibrary.load(System.getProperty("os.name", ""), System.getProperty("os.arch", ""));
        return null;
      } catch (IOException | UnsatisfiedLinkError e) {
        return new IOException("the native tokenizer library cannot be loaded: " + e, e);
      }
    }
  }

  private static void load(String osName, String osArch) throws IOException {
    String platform = platform(osName, osArch);
    List<String> names = new ArrayList<>();
    if (platform.startsWith("win")) {
      names.addAll(List.of("libwinpthread-1.dll", "libgcc_s_seh-1.dll", "libstdc++-6.dll"));
    }
    names.add(System.mapLibraryName("tokenizers"));
    Path folder = Files.createTempDirectory("sightline-tokenizers");
    try {
      for (String name : names) {
        Path file = folder.resolve(name);
        unpack("native/lib/" + platform + "/cpu/" + name, file);
        file.toFile().deleteOnExit();
        System.load(file.toAbsolutePath().toString());
      }
    } finally {
      deleteWherePossible(folder, names);
    }
  }

  private static void unpack(String resource, Path file) throws IOException {
    try (InputStream in = TokenizerLibrary.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException("no [" + resource + "] in the jars: this platform is not supported");
      }
      Files.copy(in, file);
    }
  }

  /** A mapped library may be deleted everywhere but on Windows, where it goes with the process. */
  private static void deleteWherePossible(Path folder, List<String> names) {
    try {
      for (String name : names) {
        Files.deleteIfExists(folder.resolve(name));
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      folder.toFile().deleteOnExit();
    }
  }

  static String platform(String osName, String osArch) {
    String name = osName.toLowerCase(Locale.ROOT);
    String os = name.startsWith("win") ? "win" : name.startsWith("mac") ? "osx" : "linux";
    String arch = osArch.equals("amd64") || osArch.equals("x86_64") ? "x86_64" : osArch;
    return os + "-" + arch;
  }
}
