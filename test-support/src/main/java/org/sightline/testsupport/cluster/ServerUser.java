package org.sightline.testsupport.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The account under which Elasticsearch runs. Elasticsearch refuses to run as root; where this
 * process is root, {@code nobody} is used, otherwise the user of this process.
 */
final class ServerUser {
  private static final String UNPRIVILEGED = "nobody";

  private final UserPrincipal unprivileged; // null where this process is not root
  private final int uid;

  private ServerUser(UserPrincipal unprivileged, int uid) {
    this.unprivileged = unprivileged;
    this.uid = uid;
  }

  /** Finds the account out by looking at who owns a file that this process creates. */
  static ServerUser detect() {
    try {
      Path probe = Files.createTempFile("sightline-user", null);
      try {
        if (uidOf(probe) != 0) {
          return new ServerUser(null, -1);
        }
        UserPrincipal nobody =
            probe
                .getFileSystem()
                .getUserPrincipalLookupService()
                .lookupPrincipalByName(UNPRIVILEGED);
        Files.setOwner(probe, nobody);
        return new ServerUser(nobody, uidOf(probe));
      } finally {
        Files.delete(probe);
      }
    } catch (UnsupportedOperationException e) {
      throw new ClusterException("Elasticsearch is started by its shell script: Linux or macOS", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static int uidOf(Path file) throws IOException {
    return (Integer) Files.getAttribute(file, "unix:uid");
  }

  /** The command line that runs {@code command} as this user. */
  List<String> command(List<String> command) {
    if (unprivileged == null) {
      return command;
    }
    List<String> whole = new ArrayList<>();
    if (isInstalled("setpriv")) {
      whole.addAll(List.of("setpriv", "--reuid=" + uid, "--regid=" + uid, "--clear-groups", "--"));
    } else if (isInstalled("runuser")) {
      whole.addAll(List.of("runuser", "-u", UNPRIVILEGED, "--"));
    } else {
      throw new ClusterException(
          "Elasticsearch refuses to run as root, and neither setpriv nor runuser is installed to "
              + "start it as ["
              + UNPRIVILEGED
              + "]: install util-linux or run this as another user");
    }
    whole.addAll(command);
    return whole;
  }

  /** Makes the folder and everything in it belong to this user. */
  void own(Path folder) {
    if (unprivileged == null) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Files.setOwner(file, unprivileged);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether this user can enter the folder: every folder above it must be open to others. */
  boolean reaches(Path folder) {
    if (unprivileged == null) {
      return true;
    }
    try {
      for (Path at = folder.toRealPath(); at != null; at = at.getParent()) {
        boolean open =
            Files.getPosixFilePermissions(at).contains(PosixFilePermission.OTHERS_EXECUTE)
                || Files.getOwner(at).equals(unprivileged);
        if (!open) {
          return false;
        }
      }
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The wanted folder, created, where this user can enter it. Otherwise one in the temporary
   * folder, always the same for the same wanted folder.
   */
  Path reachable(Path wanted) {
    try {
      Path folder = Files.createDirectories(wanted).toRealPath();
      if (reaches(folder)) {
        return folder;
      }
      String name = "sightline-" + Integer.toHexString(folder.toString().hashCode());
      Path substitute = Path.of(System.getProperty("java.io.tmpdir")).toRealPath().resolve(name);
      try {
        Files.createDirectory(substitute);
      } catch (FileAlreadyExistsException e) {
        requireOwn(substitute, folder);
      }
      Files.setPosixFilePermissions(substitute, PosixFilePermissions.fromString("rwxr-xr-x"));
      return substitute;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Everybody may create names in the temporary folder: what stands there must be ours. */
  private static void requireOwn(Path substitute, Path folder) throws IOException {
    boolean own =
        Files.isDirectory(substitute, LinkOption.NOFOLLOW_LINKS)
            && Files.getOwner(substitute, LinkOption.NOFOLLOW_LINKS).equals(Files.getOwner(folder));
    if (!own) {
      throw new ClusterException("[" + substitute + "] belongs to somebody else: remove it");
    }
  }

  static boolean isInstalled(String program) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin:/usr/bin:/bin";
    return Stream.of(path.split(":"))
        .filter(folder -> !folder.isEmpty())
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }
}
