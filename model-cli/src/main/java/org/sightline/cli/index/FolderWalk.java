package org.sightline.cli.index;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.text.Normalizer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.sightline.cli.web.TransferException;

/**
 * All files below a folder, apart from hidden ones. Links are followed; one that leads back to a
 * folder above it is left out.
 */
final class FolderWalk {
  private final Path folder;
  private final List<FoundFile> files = new ArrayList<>();
  private final Map<String, String> failures = new TreeMap<>();

  private FolderWalk(Path folder) {
    this.folder = folder;
  }

  /**
   * Looks through a folder.
   *
   * @throws TransferException when it is none, or cannot be read
   */
  static FolderWalk of(Path folder) {
    if (Files.isDirectory(folder) == false) {
      throw new TransferException("there is no folder [%s]", folder);
    }
    FolderWalk walk = new FolderWalk(folder);
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, walk.visitor());
    } catch (IOException e) {
      throw new TransferException(e, "[%s] cannot be read: %s", folder, reason(e));
    }
    walk.files.sort(Comparator.comparing(FoundFile::path));
    return walk;
  }

  /** In the order of their paths. */
  List<FoundFile> files() {
    return files;
  }

  /** Files and folders that cannot be read, with the reason. */
  Map<String, String> failures() {
    return failures;
  }

  /** Why a file cannot be read. */
  static String reason(IOException e) {
    return e instanceof AccessDeniedException
        ? "it may not be read by this user"
        : e.getMessage() == null
            ? e.toString()
            : e.getClass().getSimpleName() + " " + e.getMessage();
  }

  private SimpleFileVisitor<Path> visitor() {
    return new SimpleFileVisitor<>() {
      @Override
      public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
        return directory.equals(folder) == false && isHidden(directory)
            ? FileVisitResult.SKIP_SUBTREE
            : FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
        if (attributes.isRegularFile() && isHidden(file) == false) {
          add(file, attributes);
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
        if (file.equals(folder)) {
          throw e;
        }
        if (!(e instanceof FileSystemLoopException)) {
          failures.put(path(file), reason(e));
        }
        return FileVisitResult.CONTINUE;
      }

      @Override
      public FileVisitResult postVisitDirectory(Path directory, IOException e) {
        if (e != null) {
          failures.put(path(directory), reason(e));
        }
        return FileVisitResult.CONTINUE;
      }
    };
  }

  private static boolean isHidden(Path file) {
    return file.getFileName().toString().startsWith(".");
  }

  private void add(Path file, BasicFileAttributes attributes) {
    String path = path(file);
    if (path.indexOf('\uFFFD') >= 0
        || StandardCharsets.UTF_8.newEncoder().canEncode(path) == false) {
      failures.put(
          path,
          "its name is not in the character set of this process, "
              + System.getProperty("sun.jnu.encoding")
              + ": set LC_ALL to one that has it, such as C.UTF-8");
      return;
    }
    Instant modified = Instant.ofEpochMilli(attributes.lastModifiedTime().toMillis());
    files.add(new FoundFile(file, path, attributes.size(), modified));
  }

  private String path(Path file) {
    List<String> names = new ArrayList<>();
    folder.relativize(file).forEach(name -> names.add(name.toString()));
    return Normalizer.normalize(String.join("/", names), Normalizer.Form.NFC);
  }
}
