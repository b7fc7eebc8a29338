package org.sightline.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.sightline.cli.catalog.Catalog;
import org.sightline.cli.catalog.CatalogEntry;
import org.sightline.cli.catalog.CatalogText;
import org.sightline.cli.hub.ImportHints;
import org.sightline.cli.hub.ImportOptions;
import org.sightline.cli.hub.ModelImport;
import org.sightline.cli.hub.ModelSource;
import org.sightline.cli.hub.TextConstants;
import org.sightline.cli.hub.TrialRun;
import org.sightline.cli.web.BarProgress;
import org.sightline.cli.web.TransferException;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleFolder;
import org.sightline.runtime.bundle.BundleFolder.Entry;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.inference.Role;

/** The command {@code sightline-models}. */
public final class SightlineModels {
  /** All went well. */
  static final int OK = 0;

  /** Something was refused or failed. */
  static final int FAILED = 1;

  /** The command line is wrong. */
  static final int USAGE = 2;

  private static final String MODELS = "--models";
  private static final String ID = "--id";
  private static final String LICENSE = "--license";
  private static final String LOGIT_SCALE = "--logit-scale";
  private static final String LOGIT_BIAS = "--logit-bias";
  private static final String PRECISION = "--precision";
  private static final String SUBFOLDER = "--subfolder";
  private static final Set<String> IMPORT =
      Set.of(MODELS, ID, LICENSE, LOGIT_SCALE, LOGIT_BIAS, PRECISION, SUBFOLDER);

  /**
   * A command.
   *
   * @param options names of those that take a value
   * @param flags names of those that take none
   */
  private record Command(Set<String> options, Set<String> flags, Consumer<Arguments> deed) {}

  private final Path bundled;
  private final Path models;
  private final PrintStream out;
  private final PrintStream err;
  private final ProcessContext context;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  /**
   * A command line.
   *
   * @param bundled folder of the models that came with the plugin
   * @param models folder of the models that users add
   */
  SightlineModels(
      Path bundled, Path models, PrintStream out, PrintStream err, ProcessContext context) {
    this.context = context;
    this.bundled = bundled;
    this.models = models;
    this.out = out;
    this.err = err;
    command("catalog", Set.of(Chosen.CATALOG), Set.of(), this::catalog);
    command("list", Set.of(MODELS), Set.of(), this::list);
    command("verify", Set.of(MODELS), Set.of(), this::verify);
    command("import", IMPORT, Set.of(), this::importFolder);
    command("install", Install.options(IMPORT), Set.of(), this::install);
    command("push", Push.options(MODELS), Push.FLAGS, this::push);
    command(
        "reembed", Reembed.OPTIONS, Reembed.FLAGS, words -> Reembed.run(words, context, out, err));
    command(
        "index",
        IndexPictures.OPTIONS,
        IndexPictures.FLAGS,
        words -> IndexPictures.run(words, context, out, err));
  }

  private void command(
      String name, Set<String> options, Set<String> flags, Consumer<Arguments> deed) {
    commands.put(name, new Command(options, flags, deed));
  }

  /** The text of {@code --help}. */
  static String help() {
    try (InputStream in = SightlineModels.class.getResourceAsStream("help.txt")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Runs one command and ends the process with its exit code. */
  public static void main(String[] arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    SightlineModels command =
        new SightlineModels(
            Path.of(System.getProperty("sightline.bundled")),
            Path.of(System.getProperty("sightline.models")),
            out,
            err,
            ProcessContext.real());
    System.exit(command.run(Arrays.asList(arguments)));
  }

  /** Runs one command; returns the exit code. */
  int run(List<String> words) {
    if (words.contains("-h") || words.contains("--help")) {
      out.print(help());
      return OK;
    }
    try {
      if (words.isEmpty()) {
        throw new UsageException("a command is missing, expected one of %s", commands.keySet());
      }
      Command command = commands.get(words.get(0));
      if (command == null) {
        throw new UsageException(
            "unknown command [%s], expected one of %s", words.get(0), commands.keySet());
      }
      List<String> rest = words.subList(1, words.size());
      command.deed().accept(Arguments.parse(rest, command.options(), command.flags()));
      return OK;
    } catch (UsageException e) {
      error(e.getMessage() + " (sightline-models --help shows all)");
      return USAGE;
    } catch (BundleException | TransferException e) {
      error(e.getMessage());
      return FAILED;
    } catch (RuntimeException | LinkageError e) {
      error(e.toString());
      return FAILED;
    }
  }

  private void error(String reason) {
    // a bar of progress may stand on the line
    err.println((context.terminal() ? BarProgress.CLEAR : "") + "error: " + reason);
  }

  private List<Path> folders(Arguments arguments) {
    return List.of(bundled, models(arguments));
  }

  private Path models(Arguments arguments) {
    String other = arguments.option(MODELS);
    return other == null ? models : Path.of(other).toAbsolutePath().normalize();
  }

  private void catalog(Arguments arguments) {
    Catalog catalog = Chosen.catalog(arguments);
    if (arguments.values().isEmpty()) {
      catalog.entries().forEach(entry -> out.println(CatalogText.of(entry)));
      return;
    }
    String id = arguments.only("model id");
    CatalogEntry entry =
        catalog
            .find(id)
            .orElseThrow(
                () ->
                    new BundleException("the catalogue has no [%s], it has %s", id, catalog.ids()));
    out.println(catalog.json(entry));
  }

  private void list(Arguments arguments) {
    if (arguments.values().isEmpty() == false) {
      throw new UsageException("[list] takes no values, got %s", arguments.values());
    }
    for (Entry entry : BundleFolder.scan(folders(arguments)).values()) {
      switch (entry) {
        case Entry.Valid valid -> {
          BundleManifest manifest = valid.bundle().manifest();
          out.println(describe(manifest));
          ImportHints.of(manifest).ifPresent(hint -> out.println("  " + hint));
        }
        case Entry.Broken broken -> out.println(broken.id() + "  broken: " + broken.reason());
      }
    }
  }

  private static String describe(BundleManifest manifest) {
    return String.format(
        Locale.ROOT,
        "%s  %s, %d dimensions, %.1f MB, %s, licence %s",
        manifest.id(),
        manifest.family(),
        manifest.dimensions(),
        manifest.bytes() / 1e6,
        roles(manifest),
        manifest.license());
  }

  private static String roles(BundleManifest manifest) {
    return manifest.roles().keySet().stream().map(Role::id).collect(Collectors.joining(" "));
  }

  private void verify(Arguments arguments) {
    Bundle bundle = find(arguments.only("model id or folder"), folders(arguments));
    List<String> samples = new ArrayList<>();
    withThreads(threads -> TrialRun.check(bundle, threads).ifPresent(samples::add));
    out.println(describe(bundle.manifest()));
    samples.forEach(found -> out.println("samples of its checkpoint: " + found));
    out.println("verified: the files are those of the manifest, the model was opened and ran");
  }

  private static Bundle find(String name, List<Path> folders) {
    if (BundleManifest.isId(name)) {
      List<Path> found =
          folders.stream()
              .map(folder -> folder.resolve(name))
              .filter(folder -> Files.exists(folder.resolve(BundleManifest.FILE_NAME)))
              .toList();
      if (found.size() > 1) {
        throw new BundleException("two folders hold a bundle [%s]: %s", name, found);
      }
      if (found.size() == 1) {
        return Bundle.read(found.get(0));
      }
    }
    Path folder = Path.of(name).toAbsolutePath().normalize();
    if (Files.isDirectory(folder) == false) {
      throw new BundleException(
          "[%s] is neither a folder nor one of the models %s", name, ids(folders));
    }
    return Bundle.read(folder);
  }

  private static Set<String> ids(List<Path> folders) {
    return new TreeSet<>(BundleFolder.scan(folders).keySet());
  }

  private void importFolder(Arguments arguments) {
    List<Path> folders = arguments.oneOrTwo("folder").stream().map(Path::of).toList();
    ModelImport models = modelImport(arguments);
    withThreads(
        threads -> report(models.run(ModelSource.of(folders), threads), "imported", arguments));
  }

  private void install(Arguments arguments) {
    List<String> sources = arguments.oneOrTwo("source");
    ModelImport models = modelImport(arguments);
    Chosen chosen = Chosen.of(sources, arguments.option(SUBFOLDER), arguments);
    Install install = new Install(models, chosen, arguments, context, err);
    withThreads(threads -> report(install.run(threads), "installed", arguments));
  }

  private void push(Arguments arguments) {
    Bundle bundle = find(arguments.only("model id or folder"), folders(arguments));
    Consumer<Bundle> trial = one -> withThreads(threads -> TrialRun.check(one, threads));
    Push.run(bundle, trial, arguments, context, out, err);
  }

  private void report(Bundle bundle, String done, Arguments arguments) {
    out.println(describe(bundle.manifest()));
    out.println(done + " to " + bundle.folder());
    if (bundle.manifest().logitScale() == 0) {
      out.println(
          "It cannot classify: import it again with --logit-scale (SigLIP: and --logit-bias) if it"
              + " shall.");
    }
    out.println(
        arguments.option(MODELS) == null
            ? "Nodes read their models when they start: restart this one to use it."
            : "A cluster gets it with: sightline-models push " + bundle.folder());
  }

  private ModelImport modelImport(Arguments arguments) {
    Float scale = arguments.number(LOGIT_SCALE);
    if (scale != null && scale <= 0) {
      throw new UsageException("option [%s] must be above 0, got [%s]", LOGIT_SCALE, scale);
    }
    ImportOptions options =
        new ImportOptions(
            arguments.option(ID),
            arguments.option(LICENSE),
            scale,
            arguments.number(LOGIT_BIAS),
            arguments.option(PRECISION),
            arguments.option(SUBFOLDER),
            TextConstants.NONE);
    return new ModelImport(models(arguments), List.of(bundled), options);
  }

  /** As many threads as a trial run needs; none is left behind. */
  private static void withThreads(Consumer<ThreadPoolExecutor> use) {
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(2, 2, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(1000));
    try {
      use.accept(threads);
    } finally {
      threads.shutdown();
    }
  }
}
