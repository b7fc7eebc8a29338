package org.sightline.cli.hub;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.JsonFields;

/** Files of hub folders. */
public final class HubFiles {
  /** How a file begins whose content Git LFS keeps elsewhere. */
  private static final byte[] LFS_POINTER =
      "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  /** Configs have a few kilobytes; whatever is far larger is something else. */
  private static final long MAX_JSON_BYTES = 1 << 20;

  /** Deeper than any repository is; a folder of something else has an end nevertheless. */
  private static final int MAX_DEPTH = 4;

  private static final int MAX_FILES = 10_000;

  private HubFiles() {}

  /** The JSON object of a file in a folder. */
  static JsonFields json(Path folder, String name) {
    Path file = require(folder, name);
    try {
      long size = Files.size(file);
      if (size > MAX_JSON_BYTES) {
        throw new BundleException(
            "[%s] has %s bytes, allowed are at most %s", name, size, MAX_JSON_BYTES);
      }
      return JsonFields.ofFile(name, Files.readString(file));
    } catch (IOException e) {
      throw new BundleException(e, "[%s] cannot be read as JSON: %s", name, JsonFields.explain(e));
    }
  }

  /** The same for a file that a folder may lack: then it is an object without fields. */
  static JsonFields jsonIfThere(Path folder, String name) {
    return Files.exists(folder.resolve(name)) ? json(folder, name) : JsonFields.ofNoFile(name);
  }

  /**
   * A file of the folder with its own content. Links are followed: the hub's cache consists of
   * them.
   */
  static Path require(Path folder, String name) {
    Path file = folder.resolve(name);
    if (!Files.isRegularFile(file)) {
      throw new BundleException("[%s] is missing; the folder has %s", name, names(folder));
    }
    try (InputStream in = Files.newInputStream(file)) {
      if (Arrays.equals(in.readNBytes(LFS_POINTER.length), LFS_POINTER)) {
        throw new BundleException(
            "[%s] is a pointer of Git LFS: fetch the file itself (git lfs pull)", name);
      }
    } catch (IOException e) {
      throw new BundleException(e, "[%s] cannot be read: %s", name, e);
    }
    return file;
  }

  /** Names in a folder, sorted; empty where it does not exist. */
  public static List<String> names(Path folder) {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> children = Files.list(folder)) {
      return children.map(child -> child.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new BundleException(e, "the folder [%s] cannot be read: %s", folder, e);
    }
  }

  /**
   * Paths of the files in a folder and, four deep, in its folders, sorted. What begins with a dot
   * is left out, as the folder of git is.
   */
  static List<String> paths(Path folder) {
    return paths(folder, "", MAX_DEPTH).limit(MAX_FILES).toList();
  }

  private static Stream<String> paths(Path folder, String within, int depth) {
    return names(folder).stream()
        .filter(name -> name.startsWith(".") == false)
        .flatMap(
            name ->
                depth > 1 && Files.isDirectory(folder.resolve(name))
                    ? paths(folder.resolve(name), within + name + "/", depth - 1)
                    : Stream.of(within + name));
  }

  /**
   * Copies content only: a new file has the permissions that this user's files have, whoever could
   * read the old one.
   */
  static void copy(Path from, Path to) throws IOException {
    try (InputStream in = Files.newInputStream(from);
        OutputStream out = Files.newOutputStream(to, StandardOpenOption.CREATE_NEW)) {
      in.transferTo(out);
    }
  }

  /** Returns when the files of a folder, and their names in it, are on the disk. */
  static void sync(Path folder) throws IOException {
    for (String name : names(folder)) {
      syncFile(folder.resolve(name));
    }
    syncNames(folder);
  }

  /** Returns when the content of a file is on the disk. */
  public static void syncFile(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /** Returns when the names in a folder are on the disk; Windows cannot be asked for that. */
  public static void syncNames(Path folder) throws IOException {
    if (File.separatorChar == '\\') {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes a folder with everything in it; nothing happens where there is none. */
  public static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
