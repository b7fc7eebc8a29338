package org.sightline.cli.download;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.sightline.cli.hub.HubFiles;
import org.sightline.cli.web.TransferException;

/**
 * Where the files of one source lie until they are imported: {@code MODELS-downloads/KEY}, beside
 * the folder of models and so on the same disk, and read by no node. One process at a time.
 *
 * <p>Kept when the download is cut off, for the next one to go on from; removed otherwise.
 */
public final class StagingFolder implements AutoCloseable {
  private static final String SUFFIX = "-downloads";
  private static final String LOCK = ".lock";

  private final Path folder;
  private final FileChannel channel;
  private boolean removed;

  private StagingFolder(Path folder, FileChannel channel) {
    this.folder = folder;
    this.channel = channel;
  }

  /**
   * Opens the folder of a source, creates it when it does not exist.
   *
   * @param models folder of models
   * @param key a file name
   * @throws TransferException when another process uses it
   */
  public static StagingFolder open(Path models, String key) {
    Path absolute = models.toAbsolutePath().normalize();
    Path folder = absolute.resolveSibling(absolute.getFileName() + SUFFIX).resolve(key);
    try {
      Files.createDirectories(folder);
      FileChannel channel =
          FileChannel.open(
              folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (locked(channel)) {
        return new StagingFolder(folder, channel);
      }
      channel.close();
    } catch (IOException e) {
      throw new TransferException(e, "the folder [%s] cannot be written: %s", folder, e);
    }
    throw new TransferException("another install uses the folder [%s]", folder);
  }

  private static boolean locked(FileChannel channel) throws IOException {
    try {
      FileLock lock = channel.tryLock(); // ends with the channel
      return lock != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  /** The folder itself. */
  public Path path() {
    return folder;
  }

  /** A folder in it; whatever else lies beside its path is of another version and is removed. */
  Path only(String... names) {
    Path at = folder;
    try {
      for (String name : names) {
        for (Path other : children(at)) {
          if (other.endsWith(LOCK) == false && other.endsWith(name) == false) {
            HubFiles.delete(other);
          }
        }
        at = Files.createDirectories(at.resolve(name));
      }
      return at;
    } catch (IOException e) {
      throw new TransferException(e, "the folder [%s] cannot be written: %s", at, e);
    }
  }

  /** Nothing of it is needed any more. */
  public void remove() {
    removed = true;
  }

  @Override
  public void close() {
    try {
      if (removed) {
        for (Path child : children(folder)) {
          if (child.endsWith(LOCK) == false) {
            HubFiles.delete(child);
          }
        }
      }
      channel.close();
      if (removed || children(folder).equals(List.of(folder.resolve(LOCK)))) {
        HubFiles.delete(folder);
        Files.deleteIfExists(folder.getParent());
      }
    } catch (DirectoryNotEmptyException e) {
      return; // of another source
    } catch (IOException e) {
      throw new TransferException(e, "the folder [%s] cannot be removed: %s", folder, e);
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.toList();
    }
  }
}
