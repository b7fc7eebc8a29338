package org.sightline.cli;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
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

  /** Options without a value. */
  static final Set<String> FLAGS = Set.of(WITHOUT_PICTURES, PRUNE);

  private IndexPictures() {}

  /** Names of the command's options with a value. */
  static Set<String> options() {
    Set<String> all = new TreeSet<>(ClusterOptions.NAMES);
    all.addAll(Set.of(INDEX, MODEL, RERANK, SHRINK));
    return all;
  }

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
    try (ClusterClient cluster = ClusterOptions.connect(arguments, context, retries, err)) {
      FolderIndex.run(cluster, options, retries, out);
    }
  }

  private static int side(Arguments arguments) {
    long side = arguments.integer(SHRINK, LEAST_SIDE, 0);
    return (int) Math.min(side, Integer.MAX_VALUE);
  }
}
