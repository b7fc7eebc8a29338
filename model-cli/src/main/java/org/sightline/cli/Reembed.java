package org.sightline.cli;

import java.io.PrintStream;
import java.util.Set;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.reembed.Options;
import org.sightline.cli.reembed.Rebuild;
import org.sightline.cli.web.Retries;

/** The command {@code reembed}: rebuilds an index with the vectors of another model. */
final class Reembed {
  private static final String INDEX = "--index";
  private static final String MODEL = "--model";
  private static final String FROM = "--from";
  private static final String TARGET = "--target";
  private static final String ALIAS = "--alias";
  private static final String PIPELINE = "--pipeline";
  private static final String RATE = "--docs-per-second";
  private static final String WITHOUT_PICTURE = "--skip-without-picture";

  /** Names of the options with a value. */
  static final Set<String> OPTIONS =
      ClusterOptions.with(INDEX, MODEL, FROM, TARGET, ALIAS, PIPELINE, RATE);

  /** Names of the options without a value. */
  static final Set<String> FLAGS = Set.of(WITHOUT_PICTURE, ClusterOptions.INSECURE);

  private Reembed() {}

  /**
   * Rebuilds an index.
   *
   * @param out takes what came of it
   * @param err takes how far it is
   */
  static void run(Arguments arguments, ProcessContext context, PrintStream out, PrintStream err) {
    if (arguments.values().isEmpty() == false) {
      throw new UsageException("[reembed] takes no values, got %s", arguments.values());
    }
    Options options =
        new Options(
            arguments.required(INDEX),
            arguments.required(MODEL),
            arguments.option(FROM),
            arguments.option(TARGET),
            arguments.option(ALIAS),
            arguments.option(PIPELINE),
            arguments.flag(WITHOUT_PICTURE),
            arguments.integer(RATE, 1, 0));
    Retries retries = context.retries(err);
    try (ClusterClient cluster = ClusterOptions.connect(arguments, context, retries)) {
      Rebuild.run(cluster, options, retries, out);
    }
  }
}
