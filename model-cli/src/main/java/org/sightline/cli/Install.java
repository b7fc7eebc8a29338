package org.sightline.cli;

import java.io.PrintStream;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Executor;
import org.sightline.cli.download.Downloader;
import org.sightline.cli.download.Hub;
import org.sightline.cli.download.Source;
import org.sightline.cli.download.StagingFolder;
import org.sightline.cli.hub.ModelImport;
import org.sightline.cli.hub.ModelSource;
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
  private final Chosen chosen;
  private final Arguments arguments;
  private final ProcessContext context;
  private final PrintStream progress;

  /**
   * An install.
   *
   * @param models imports what was fetched
   * @param chosen what to fetch, and what is known of it
   * @param progress where to print how far it is
   */
  Install(
      ModelImport models,
      Chosen chosen,
      Arguments arguments,
      ProcessContext context,
      PrintStream progress) {
    this.models = models.or(chosen.options());
    this.chosen = chosen;
    this.arguments = arguments;
    this.context = context;
    this.progress = progress;
  }

  /** Names of the command's options: those of an import and its own. */
  static Set<String> options(Set<String> ofImport) {
    Set<String> all = new TreeSet<>(ofImport);
    all.addAll(Set.of(HUB, TOKEN_FILE, MAX_BYTES, SHA256));
    all.addAll(Chosen.OPTIONS);
    return all;
  }

  /**
   * Installs.
   *
   * @param executor runs the trial
   * @return the bundle in its place
   */
  Bundle run(Executor executor) {
    long maxBytes = arguments.integer(MAX_BYTES, 1, DEFAULT_MAX_BYTES);
    String sha256 = sha256(chosen.sources().get(0));
    Hub hub = Hub.of(hubAddress(), token());
    List<Source> sources = Source.parse(chosen.sources());
    chosen.note().ifPresent(progress::println);
    try (Downloader downloader =
            new Downloader(
                hub,
                maxBytes,
                models,
                context.proxies(),
                context.patience(),
                context.retries(progress));
        StagingFolder staging = StagingFolder.open(models.models(), Downloader.key(sources))) {
      try {
        ModelSource fetched =
            switch (sources.get(0)) {
              case Source.Repository repository ->
                  downloader.fetch(
                      sources.stream().map(Source.Repository.class::cast).toList(), staging);
              case Source.Address address -> downloader.fetch(address, staging, sha256);
              case Source.Zip zip -> downloader.fetch(zip, staging, sha256);
            };
        Bundle bundle = models.run(fetched, executor);
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
