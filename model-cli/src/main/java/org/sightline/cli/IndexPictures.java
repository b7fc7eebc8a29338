package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Set;
import org.sightline.cli.index.FolderIndex;
import org.sightline.cli.index.IndexOptions;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.web.Retries;

/** The command {@code index}: brings an index up to what a folder of pictures has. */
final class IndexPictures {
  private static final String INDEX = "--index";
  private static final String MODEL = "--model";
  private static final String RERANK = "--rerank";
  private static final String SHRINK = "--shrink";
  private static final String WITHOUT_PICTURES = "--without-pictures";
  private static final String PRUNE = "--prune";

  /** Smaller ones have fewer pixels than models look at. */
  private static final int LEAST_SIDE = 32;

  /** Names of the options with a value. */
  static final Set<String> OPTIONS = ClusterOptions.with(INDEX, MODEL, RERANK, SHRINK);

  /** Names of the options without a value. */
  static final Set<String> FLAGS = Set.of(WITHOUT_PICTURES, PRUNE, ClusterOptions.INSECURE);

  private IndexPictures() {}

  /**
   * Indexes a folder.
   *
   * @param out takes what is made and what came of it
   * @param err takes how far it is
   */
  static void run(Arguments arguments, ProcessContext context, PrintStream out, PrintStream err) {
    IndexOptions options =
        new IndexOptions(
            Path.of(arguments.only("folder")).toAbsolutePath().normalize(),
            arguments.required(INDEX),
            arguments.option(MODEL),
            arguments.option(RERANK),
            side(arguments),
            arguments.flag(WITHOUT_PICTURES),
            arguments.flag(PRUNE));
    Retries retries = context.retries(err);
    try (ClusterClient cluster = ClusterOptions.connect(arguments, context, retries)) {
      FolderIndex.run(cluster, options, retries, out);
    }
  }

  private static int side(Arguments arguments) {
    long side = arguments.integer(SHRINK, LEAST_SIDE, 0);
    return (int) Math.min(side, Integer.MAX_VALUE);
  }
}
