package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.sightline.cli.download.Downloader;
import org.sightline.cli.download.Hub;
import org.sightline.cli.download.Source;
import org.sightline.cli.download.StagingFolder;
import org.sightline.cli.hub.BundleImport;
import org.sightline.cli.hub.HubImport;
import org.sightline.cli.hub.ImportOptions;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.inference.Digest;

/** The command {@code install}: fetches a source, then does with it what {@code import} does. */
final class Install {
  private static final String HUB = "--hub";
  private static final String TOKEN_FILE = "--token-file";
  private static final String MAX_BYTES = "--max-bytes";
  private static final String SHA256 = "--sha256";

  /** Room for the largest models that the bundle format has roles for, in float32. */
  private static final long DEFAULT_MAX_BYTES = 20_000_000_000L;

  private final Path models;
  private final List<Path> others;
  private final ImportOptions options;
  private final Arguments arguments;
  private final ProcessContext context;
  private final PrintStream progress;

  /**
   * An install.
   *
   * @param models folder of models in which the new one appears
   * @param others further folders of models that a node reads
   * @param options as an import takes them
   * @param progress where to print how far it is
   */
  Install(
      Path models,
      List<Path> others,
      ImportOptions options,
      Arguments arguments,
      ProcessContext context,
      PrintStream progress) {
    this.models = models;
    this.others = others;
    this.options = options;
    this.arguments = arguments;
    this.context = context;
    this.progress = progress;
  }

  /** Names of the command's options: those of an import and its own. */
  static Set<String> options(Set<String> ofImport) {
    Set<String> all = new TreeSet<>(ofImport);
    all.addAll(Set.of(HUB, TOKEN_FILE, MAX_BYTES, SHA256));
    return all;
  }

  /**
   * Installs.
   *
   * @param text the source as the user typed it
   * @param executor runs the trial
   * @return the bundle in its place
   */
  Bundle run(String text, Executor executor) {
    long maxBytes = arguments.integer(MAX_BYTES, 1, DEFAULT_MAX_BYTES);
    String sha256 = sha256(text);
    Hub hub = Hub.of(hubAddress(), token());
    Source source = Source.parse(text);
    try (Downloader downloader =
            new Downloader(hub, maxBytes, context.patience(), context.retries(progress));
        StagingFolder staging = StagingFolder.open(models, Downloader.key(source))) {
      try {
        Bundle bundle = run(source, downloader, staging, sha256, executor);
        staging.remove();
        return bundle;
      } catch (BundleException e) {
        staging.remove(); // it is complete and no good
        throw e;
      }
    }
  }

  private Bundle run(
      Source source,
      Downloader downloader,
      StagingFolder staging,
      String sha256,
      Executor executor) {
    return switch (source) {
      case Source.Repository repository -> {
        Path folder =
            downloader.fetch(
                repository, staging, options.precision(), new Early(repository.name()));
        String checkpoint = "hf:" + repository + "@" + folder.getFileName();
        yield HubImport.run(folder, models, others, options.from(checkpoint), executor);
      }
      case Source.Address address ->
          bundle(downloader.fetch(address, staging, sha256, new Early(null)), executor);
      case Source.Zip zip ->
          bundle(downloader.fetch(zip, staging, sha256, new Early(null)), executor);
    };
  }

  private Bundle bundle(Path folder, Executor executor) {
    return BundleImport.run(folder, models, others, options, executor);
  }

  /** What would be refused after everything was fetched is refused before. */
  private final class Early implements Downloader.Checks {
    private final String name;

    Early(String name) {
      this.name = name;
    }

    @Override
    public void configs(Path folder) {
      HubImport.freeId(name, models, others, options);
      HubImport.checkConfigs(folder, options);
    }

    @Override
    public void bundle(BundleManifest manifest) {
      BundleImport.check(manifest, models, others, options);
    }
  }

  private String hubAddress() {
    String option = arguments.option(HUB);
    if (option != null) {
      return option;
    }
    String variable = context.environment().get("HF_ENDPOINT");
    return variable == null || variable.isBlank() ? Hub.DEFAULT : variable.strip();
  }

  private String token() {
    return arguments.option(TOKEN_FILE) == null
        ? context.environment().get("HF_TOKEN")
        : arguments.secret(TOKEN_FILE, "token");
  }

  private String sha256(String source) {
    String text = arguments.option(SHA256);
    if (text == null) {
      return null;
    }
    if (Digest.isDigest(text) == false) {
      throw new UsageException(
          "option [%s] must be 64 lower-case hexadecimal digits, got [%s]", SHA256, text);
    }
    if (source.startsWith(Source.HUB_PREFIX)) {
      throw new UsageException("option [%s] is for zips, got [%s]", SHA256, source);
    }
    return text;
  }
}
