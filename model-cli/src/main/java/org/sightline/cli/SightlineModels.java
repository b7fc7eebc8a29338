package org.sightline.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
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
  private static final String COMMANDS =
      "[catalog, list, verify, import, install, push, reembed, index]";

  static final String HELP =
      """
      Usage: sightline-models COMMAND

        catalog [ID]          models that are worth installing, with licence and figures
        list                  models of this installation, the broken ones with the reason
        verify ID|DIR         compare a bundle with its hashes, open it, run it once and
                              compare the samples of its checkpoint
        import DIR [DIR]      make a bundle of a folder as the HuggingFace hub has it for ONNX, or
                              of two that complete each other; or take a bundle
        install SOURCE        fetch a model and import it; SOURCE is a model of the catalogue,
                              hf:owner/name[@revision], an http or https address of a bundle's
                              zip, or such a zip on disk
        install SOURCE SOURCE the same with two repositories that complete each other, such as one
                              for each tower
        push ID|DIR           verify a bundle as the command verify does and store it in a running
                              cluster, whose inference nodes fetch it from there
        reembed               build an index anew with the vectors of another model of the cluster
        index DIR             index a folder of pictures: makes pipeline and index, sends what is
                              new or has changed

      Options of import and install:
        --id ID               model id; the folder's name in lower case by default
        --precision NAME      which graphs, where there are several: fp32 for the files without a
                              suffix, otherwise the suffix (fp16, quantized)
        --subfolder PATH      in which the graphs lie, where there are several models
        --license TEXT        of the weights, to note in the manifest
        --logit-scale NUMBER  multiplier of the cosine, exp() of the checkpoint's logit_scale;
                              without it only CLIP and models of the catalogue can classify
        --logit-bias NUMBER   added to the scaled cosine; needed with the scale of a SigLIP

      Options of install:
        --catalog FILE        further models for the catalogue (also an option of catalog)
        --accept-license NAME of a model of the catalogue that is not for commercial use
        --hub URL             where hf: is; HF_ENDPOINT, or https://huggingface.co by default
        --token-file FILE     holds the hub's token; by default it is in HF_TOKEN
        --max-bytes NUMBER    that may be fetched; 20000000000 by default
        --sha256 HEX          of the zip

      Options of push, reembed and index:
        --url URL             of the cluster; http://localhost:9200 by default
        --user NAME           whose password is in SIGHTLINE_PASSWORD; without it an API key is
                              taken from SIGHTLINE_API_KEY
        --password-file FILE  holds the password instead
        --ca FILE             certificates to trust, in PEM, such as config/certs/http_ca.crt

      Options of push:
        --replace             another version under this id, although indices or pipelines use it
        --untried             do not open the bundle here first, as for one that needs a GPU
        --wait SECONDS        for the nodes to use the model; 600 by default, 0 for not at all

      Options of reembed:
        --index NAME          an index, or an alias of one; required
        --model ID            whose vectors it gets; required
        --from ID             the model that is replaced, where the index names several
        --target NAME         of the new index; the old one's with the next number by default
        --alias NAME          moves to the new index in the end, while writes are refused
        --pipeline NAME       that embeds, where it is not the index's default pipeline
        --docs-per-second N   at most; as many as the cluster takes by default
        --skip-without-picture
                              leave out documents whose picture is not in them any more

      Options of index:
        --index NAME          of the index; required
        --model ID            that embeds; that of the index, or the cluster's best by default
        --rerank ID           that reranks in the search that is shown
        --shrink PIXELS       longest side of what is sent; pictures as they are by default
        --without-pictures    documents keep vectors and fields alone (remove_binary)
        --prune               remove documents whose file is gone

      Options of all commands but reembed and index:
        --models DIR          folder of models; sightline/models in the config folder by default
        -h, --help            this text

      Nodes read the models of their folders when they start. Exit code: 0 done, 1 refused or
      failed, 2 wrong command line.
      """;

  private final Path bundled;
  private final Path models;
  private final PrintStream out;
  private final PrintStream err;
  private final ProcessContext context;

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
      out.print(HELP);
      return OK;
    }
    try {
      if (words.isEmpty()) {
        throw new UsageException("a command is missing, expected one of %s", COMMANDS);
      }
      List<String> rest = words.subList(1, words.size());
      switch (words.get(0)) {
        case "catalog" -> catalog(Arguments.parse(rest, Set.of(Chosen.CATALOG)));
        case "list" -> list(Arguments.parse(rest, Set.of(MODELS)));
        case "verify" -> verify(Arguments.parse(rest, Set.of(MODELS)));
        case "import" -> importFolder(Arguments.parse(rest, IMPORT));
        case "install" -> install(Arguments.parse(rest, Install.options(IMPORT)));
        case "push" -> push(Arguments.parse(rest, Push.options(Set.of(MODELS)), Push.FLAGS));
        case "reembed" ->
            Reembed.run(Arguments.parse(rest, Reembed.options(), Reembed.FLAGS), context, out, err);
        case "index" ->
            IndexPictures.run(
                Arguments.parse(rest, IndexPictures.options(), IndexPictures.FLAGS),
                context,
                out,
                err);
        default ->
            throw new UsageException(
                "unknown command [%s], expected one of %s", words.get(0), COMMANDS);
      }
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
    withThreads(threads -> report(models.run(ModelSource.of(folders), threads), "imported"));
  }

  private void install(Arguments arguments) {
    List<String> sources = arguments.oneOrTwo("source");
    ModelImport models = modelImport(arguments);
    Chosen chosen = Chosen.of(sources, arguments.option(SUBFOLDER), arguments);
    Install install = new Install(models, chosen, arguments, context, err);
    withThreads(threads -> report(install.run(threads), "installed"));
  }

  private void push(Arguments arguments) {
    Bundle bundle = find(arguments.only("model id or folder"), folders(arguments));
    new Push(arguments, context, out, err)
        .run(bundle, one -> withThreads(threads -> TrialRun.check(one, threads)));
  }

  private void report(Bundle bundle, String done) {
    out.println(describe(bundle.manifest()));
    out.println(done + " to " + bundle.folder());
    if (bundle.manifest().logitScale() == 0) {
      out.println(
          "It cannot classify: import it again with --logit-scale (SigLIP: and --logit-bias) if it"
              + " shall.");
    }
    out.println("Nodes read their models when they start: restart this one to use it.");
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
