package org.sightline.cli.web;

import java.util.Locale;

/** Is told how a transfer goes on. */
public interface Progress {

  /** What is counted. */
  enum Unit {
    BYTES {
      @Override
      public String amount(long bytes) {
        if (bytes < 1000) {
          return bytes + " bytes";
        }
        if (bytes < 1_000_000) {
          return String.format(Locale.ROOT, "%.1f kB", bytes / 1e3);
        }
        return bytes < 1_000_000_000
            ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
            : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
      }

      @Override
      String rate(double perSecond) {
        return String.format(Locale.ROOT, "%.1f MB/s", perSecond / 1e6);
      }
    },
    DOCUMENTS {
      @Override
      public String amount(long documents) {
        return String.format(Locale.ROOT, "%,d documents", documents);
      }

      @Override
      String rate(double perSecond) {
        return String.format(Locale.ROOT, "%.1f/s", perSecond);
      }
    };

    /** An amount for people. */
    public abstract String amount(long amount);

    abstract String rate(double perSecond);
  }

  /**
   * A transfer begins, or goes on.
   *
   * @param what is transferred
   * @param total of it all, -1 when nobody says
   * @param from what is there already
   */
  void start(String what, Unit unit, long total, long from);

  /** A file begins, or goes on; its bytes are counted. */
  default void start(String file, long total, long from) {
    start(file, Unit.BYTES, total, from);
  }

  /** That much more came through. */
  void advance(long more);

  /** The transfer is complete. */
  void end();

  /** Something that a user wonders about, such as a wait. */
  void note(String line);
}
