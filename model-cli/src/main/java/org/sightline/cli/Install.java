package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.sightline.cli.download.Downloader;
import org.sightline.cli.download.Hub;
import org.sightline.cli.download.Source;
import org.sightline.cli.download.StagingFolder;
import org.sightline.cli.hub.ModelImport;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.inference.Digest;

/** The command {@code install}: fetches a source, then does with it what {@code import} does. */
final class Install {
  private static final String HUB = "--hub";
  private static final String TOKEN_FILE = "--token-file";
  private static final String MAX_BYTES = "--max-bytes";
  private static final String SHA256 = "--sha256";

  /** Room for the largest models that the bundle format has roles for, in float32. */
  private static final long DEFAULT_MAX_BYTES = 20_000_000_000L;

  private final ModelImport models;
  private final Arguments arguments;
  private final ProcessContext context;
  private final PrintStream progress;

  /**
   * An install.
   *
   * @param models imports what was fetched
   * @param progress where to print how far it is
   */
  Install(ModelImport models, Arguments arguments, ProcessContext context, PrintStream progress) {
    this.models = models;
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
            new Downloader(
                hub,
                maxBytes,
                models,
                context.proxies(),
                context.patience(),
                context.retries(progress));
        StagingFolder staging = StagingFolder.open(models.models(), Downloader.key(source))) {
      try {
        Bundle bundle =
            switch (source) {
              case Source.Repository repository -> {
                Path folder = downloader.fetch(repository, staging);
                String checkpoint = "hf:" + repository + "@" + folder.getFileName();
                yield models.from(checkpoint).run(folder, executor);
              }
              case Source.Address address ->
                  models.run(downloader.fetch(address, staging, sha256), executor);
              case Source.Zip zip -> models.run(downloader.fetch(zip, staging, sha256), executor);
            };
        staging.remove();
        return bundle;
      } catch (BundleException e) {
        staging.remove(); // it is complete and no good
        throw e;
      }
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
