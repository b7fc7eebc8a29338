/**
 * The one asynchronous inference interface: from encoded images and strings to embeddings and match
 * scores.
 *
 * <p>Everything that ingests or searches knows only these types. Who answers, a model in this
 * process or another node of the cluster, is decided by whoever implements {@link
 * org.sightline.runtime.inference.Inference}. Nothing here blocks, nothing here holds native
 * memory, and nothing here imports {@code org.elasticsearch}.
 */
package org.sightline.runtime.inference;
