package org.sightline.runtime.inference;

/**
 * What a request serves; whoever queues work serves the earlier constant first. The order is the
 * order of priority.
 */
public enum Purpose {
  SEARCH,
  RERANK,
  INGEST,
  CAPTION
}
