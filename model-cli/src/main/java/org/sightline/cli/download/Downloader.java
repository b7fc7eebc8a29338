package org.sightline.cli.download;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.sightline.cli.download.Source.Address;
import org.sightline.cli.download.Source.Repository;
import org.sightline.cli.download.Source.Zip;
import org.sightline.cli.hub.ModelImport;
import org.sightline.cli.hub.RepositoryFiles;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Proxies;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.FileSpec;
import org.sightline.runtime.inference.Digest;

/** Fetches what is behind a {@link Source} into a folder that can be imported. */
public final class Downloader implements AutoCloseable {
  private final long maxBytes;
  private final ModelImport models;
  private final WebClient client;

  /**
   * A downloader.
   *
   * @param maxBytes that all files of a source may have together
   * @param models looks at small files as soon as they are there, so that nobody waits for large
   *     ones that would be refused afterwards
   * @param proxies that connections go through
   * @param patience how long a server may send nothing
   * @param retries how requests are repeated
   */
  public Downloader(
      Hub hub,
      long maxBytes,
      ModelImport models,
      Proxies proxies,
      Duration patience,
      Retries retries) {
    this.maxBytes = maxBytes;
    this.models = models;
    client = new WebClient(hub, proxies, patience, retries);
  }

  /**
   * A file name for the source's {@link StagingFolder}. A repository's is that of the hub's cache.
   */
  public static String key(Source source) {
    return switch (source) {
      case Repository repository -> "models--" + repository.owner() + "--" + repository.name();
      case Address address -> "url--" + shortDigest(address.uri().toString());
      case Zip zip -> "zip--" + shortDigest(zip.file().toString());
    };
  }

  private static String shortDigest(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).substring(0, 16);
  }

  /**
   * Fetches a repository's files: those of its bundle, or those that an import reads.
   *
   * @return a folder named after the commit, in which they lie as in the repository
   * @throws TransferException when one cannot be had
   * @throws BundleException when the repository holds nothing that can be imported
   */
  public Path fetch(Repository source, StagingFolder staging) {
    HubRepository repository = HubRepository.list(client, source);
    Path folder = staging.only("snapshots", repository.commit());
    if (repository.paths().contains(BundleManifest.FILE_NAME)) {
      fetchBundle(repository, folder);
    } else {
      String precision = models.options().precision();
      fetchFiles(repository, folder, RepositoryFiles.of(repository.paths(), precision));
    }
    return folder;
  }

  private void fetchBundle(HubRepository repository, Path folder) {
    long rest = maxBytes - fetch(repository, folder, BundleManifest.FILE_NAME, maxBytes);
    BundleManifest manifest = BundleManifest.read(folder.resolve(BundleManifest.FILE_NAME));
    models.check(manifest);
    if (manifest.bytes() > rest) {
      throw new BundleException(
          "the bundle has %s bytes by its manifest, allowed are at most %s (--max-bytes)",
          manifest.bytes(), maxBytes);
    }
    for (Map.Entry<String, FileSpec> file : manifest.files().entrySet()) {
      requireListed(repository, file.getKey(), "the manifest names it");
      RemoteFile remote =
          remote(repository, folder, file.getKey())
              .with(file.getValue().bytes(), file.getValue().sha256(), "the manifest");
      FileDownload.run(client, remote, file.getValue().bytes());
    }
  }

  private void fetchFiles(HubRepository repository, Path folder, RepositoryFiles files) {
    long rest = maxBytes;
    for (String path : files.configs()) {
      rest -= fetch(repository, folder, path, rest);
    }
    models.check(repository.source().name(), folder);
    for (String path : files.graphs()) {
      rest -= fetch(repository, folder, path, rest);
    }
    for (String path : files.weights(folder)) {
      requireListed(repository, path, "a graph keeps weights in it");
      rest -= fetch(repository, folder, path, rest);
    }
  }

  private static void requireListed(HubRepository repository, String path, String why) {
    if (repository.paths().contains(path) == false) {
      throw new TransferException(
          "the repository [%s] has no file [%s] at [%s]: %s",
          repository.source(), path, repository.source().revision(), why);
    }
  }

  private long fetch(HubRepository repository, Path folder, String path, long allowance) {
    return FileDownload.run(client, remote(repository, folder, path), allowance);
  }

  private static RemoteFile remote(HubRepository repository, Path folder, String path) {
    return RemoteFile.of(repository.address(path), path, folder.resolve(path), repository.commit());
  }

  /**
   * Fetches the zip of a bundle and unpacks it.
   *
   * @param sha256 of the zip, or null
   * @return the folder in which the bundle's files lie
   */
  public Path fetch(Address source, StagingFolder staging, String sha256) {
    Path zip = staging.only("zip").resolve("bundle.zip");
    RemoteFile remote =
        RemoteFile.of(source.uri(), Addresses.shown(source.uri()), zip, null)
            .with(-1, sha256, "--sha256");
    FileDownload.run(client, remote, maxBytes);
    Path folder = staging.path().resolve("bundle");
    return unpack(zip, folder);
  }

  /**
   * Unpacks a zip that is here already.
   *
   * @param sha256 of the zip, or null
   * @return the folder in which the bundle's files lie
   */
  public Path fetch(Zip source, StagingFolder staging, String sha256) {
    try {
      String found = sha256 == null ? null : Digest.sha256(source.file());
      if (sha256 != null && found.equals(sha256) == false) {
        throw new TransferException(
            "[%s] has the SHA-256 [%s], --sha256 says [%s]", source.file(), found, sha256);
      }
    } catch (IOException e) {
      throw new TransferException(e, "[%s] cannot be read: %s", source.file(), e);
    }
    return unpack(source.file(), staging.path().resolve("bundle"));
  }

  private Path unpack(Path zip, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new TransferException(e, "the folder [%s] cannot be written: %s", folder, e);
    }
    ZipBundle.unpack(zip, folder, maxBytes, models);
    return folder;
  }

  @Override
  public void close() {
    client.close();
  }
}
