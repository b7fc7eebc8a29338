package org.sightline.cli.download;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.sightline.cli.download.Source.Address;
import org.sightline.cli.download.Source.Repository;
import org.sightline.cli.download.Source.Zip;
import org.sightline.cli.hub.ModelImport;
import org.sightline.cli.hub.ModelSource;
import org.sightline.cli.hub.RepositoryFiles;
import org.sightline.cli.hub.SourceFile;
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
   * A file name for the sources' {@link StagingFolder}. A repository's is that of the hub's cache.
   */
  public static String key(List<? extends Source> sources) {
    String first = key(sources.get(0));
    return sources.size() == 1 ? first : first + "--" + shortDigest(sources.toString());
  }

  private static String key(Source source) {
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
   * Fetches the files of one or two repositories: those of a bundle, or those that an import reads.
   *
   * @return a folder for each, named after the commit where there is one, in which files lie as in
   *     the repository
   * @throws TransferException when one cannot be had
   * @throws BundleException when the repositories hold nothing that can be imported
   */
  public ModelSource fetch(List<Repository> sources, StagingFolder staging) {
    List<HubRepository> repositories =
        sources.stream().map(source -> HubRepository.list(client, source)).toList();
    String commits =
        repositories.stream().map(HubRepository::commit).collect(Collectors.joining("+"));
    Path folder = staging.only("snapshots", commits);
    boolean single = repositories.size() == 1;
    ModelSource source =
        new ModelSource(
            ModelSource.withoutTower(sources.get(0).name(), sources.size()),
            repositories.stream()
                .map(repository -> "hf:" + repository.source() + "@" + repository.commit())
                .collect(Collectors.joining(" ")),
            single ? List.of(folder) : List.of(folder.resolve("1"), folder.resolve("2")));
    for (HubRepository repository : repositories) {
      if (repository.paths().contains(BundleManifest.FILE_NAME)) {
        if (single == false) {
          throw new BundleException(
              "[%s] holds a bundle, which is complete: name nothing else", repository.source());
        }
        fetchBundle(repository, folder);
        return source;
      }
    }
    fetchFiles(repositories, source);
    return source;
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

  private void fetchFiles(List<HubRepository> repositories, ModelSource source) {
    List<List<String>> paths = repositories.stream().map(HubRepository::paths).toList();
    RepositoryFiles files = RepositoryFiles.of(paths, models.options());
    long rest = maxBytes;
    for (SourceFile file : files.configs()) {
      rest -= fetch(repositories, source, file, rest);
    }
    models.check(source, paths);
    for (SourceFile file : files.graphs()) {
      rest -= fetch(repositories, source, file, rest);
    }
    for (SourceFile file : files.weights(source.folders())) {
      requireListed(repositories.get(file.source()), file.path(), "a graph keeps weights in it");
      rest -= fetch(repositories, source, file, rest);
    }
  }

  private long fetch(
      List<HubRepository> repositories, ModelSource source, SourceFile file, long allowance) {
    Path folder = source.folders().get(file.source());
    return fetch(repositories.get(file.source()), folder, file.path(), allowance);
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
  public ModelSource fetch(Address source, StagingFolder staging, String sha256) {
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
  public ModelSource fetch(Zip source, StagingFolder staging, String sha256) {
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

  private ModelSource unpack(Path zip, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new TransferException(e, "the folder [%s] cannot be written: %s", folder, e);
    }
    ZipBundle.unpack(zip, folder, maxBytes, models);
    return ModelSource.of(List.of(folder));
  }

  @Override
  public void close() {
    client.close();
  }
}
