/**
 * Ingest processors: read their options, ask the inference interface, write fields.
 *
 * <p>Knows of the runtime only {@code org.sightline.inference}. Never blocks the thread that runs
 * the pipeline; a failure stays with its document.
 */
package org.sightline.ingest;
