package org.sightline.vectors;

import java.util.Locale;

/** How a {@code dense_vector} field is indexed, and what that takes. */
public enum IndexKind {
  /** Every vector is compared: exact. */
  FLAT(32, 0, false),
  HNSW(32, 0, true),
  /** A byte a dimension. */
  INT8_HNSW(8, 16, true),
  /** Half a byte a dimension. */
  INT4_HNSW(4, 16, true),
  /** A bit a dimension. */
  BBQ_HNSW(1, 14, true);

  /** Links of a node of the graph in its lowest layer are twice this, by default. */
  private static final int M = 16;

  private final int bits;
  private final int corrections;
  private final boolean graph;

  IndexKind(int bits, int corrections, boolean graph) {
    this.bits = bits;
    this.corrections = corrections;
    this.graph = graph;
  }

  /** As in a mapping. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether searches read other values than the ones that were indexed. */
  public boolean quantised() {
    return bits < Float.SIZE;
  }

  /** Bytes of a vector that a search compares: values, and what corrects them. */
  public int comparedBytes(int dimensions) {
    return (dimensions * bits + 7) / 8 + corrections;
  }

  /** Bytes of a vector in the graph as Elasticsearch's guide counts them: four a link of M. */
  public int graphBytes() {
    return graph ? 4 * M : 0;
  }

  /** Bytes of a vector that should stay in memory, so that a search waits for no disk. */
  public int memoryBytes(int dimensions) {
    return comparedBytes(dimensions) + graphBytes();
  }

  /** Bytes of a vector on disk: the values that were indexed are always kept. */
  public int diskBytes(int dimensions) {
    int original = dimensions * Float.BYTES;
    return graphBytes() + original + (quantised() ? comparedBytes(dimensions) : 0);
  }
}
