package org.sightline.runtime.text;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.sightline.runtime.lease.NativeLibraries;

/**
 * Brings the native tokenizer library into the process, once for each class loader.
 *
 * <p>DJL's own loader is not used: it unpacks below the home folder, needs the thread's context
 * class loader, and its callers report to a telemetry service.
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
    String folder = "native/lib/" + platform + "/cpu/";
    NativeLibraries.load("sightline-tokenizers", names.stream().map(folder::concat).toList());
  }

  static String platform(String osName, String osArch) {
    String name = osName.toLowerCase(Locale.ROOT);
    String os = name.startsWith("win") ? "win" : name.startsWith("mac") ? "osx" : "linux";
    String arch = osArch.equals("amd64") || osArch.equals("x86_64") ? "x86_64" : osArch;
    return os + "-" + arch;
  }
}
