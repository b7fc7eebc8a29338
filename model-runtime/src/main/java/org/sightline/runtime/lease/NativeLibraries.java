package org.sightline.runtime.lease;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Brings native libraries from the jars into the process, by way of a new folder below {@code
 * java.io.tmpdir}, which must be writable and must allow execution. To use another folder set
 * {@code java.io.tmpdir}. Loaders of the libraries' own authors unpack below the home folder and
 * leave files there.
 */
public final class NativeLibraries {
  private NativeLibraries() {}

  /**
   * Loads libraries for this class loader, once each. Files are deleted as soon as they are mapped,
   * on Windows when the process ends.
   *
   * @param name the folder's name begins with it
   * @param resources paths in the jars, in the order in which the libraries need each other
   * @throws IOException when one is not in the jars, or the folder cannot be written
   * @throws UnsatisfiedLinkError when one does not suit the machine
   */
  public static void load(String name, List<String> resources) throws IOException {
    Path folder = Files.createTempDirectory(name);
    List<Path> files = new ArrayList<>();
    try {
      for (String resource : resources) {
        Path file = folder.resolve(resource.substring(resource.lastIndexOf('/') + 1));
        files.add(file);
        unpack(resource, file);
        System.load(file.toAbsolutePath().toString());
      }
    } finally {
      delete(folder, files);
    }
  }

  private static void unpack(String resource, Path file) throws IOException {
    try (InputStream in = NativeLibraries.class.getClassLoader().getResourceAsStream(resource)) {
      if (in == null) {
        throw new IOException(
            "no [" + resource + "] in the jars: the installed zip is not for this platform");
      }
      Files.copy(in, file);
    }
  }

  /** What is mapped may be deleted everywhere but on Windows, where it goes with the process. */
  private static void delete(Path folder, List<Path> files) {
    try {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      // in the opposite order: the folder must be empty by then
      folder.toFile().deleteOnExit();
      files.forEach(file -> file.toFile().deleteOnExit());
    }
  }
}
