/**
 * The query, the query vector builder and the retriever: they parse, validate and rewrite.
 *
 * <p>Promise: what a user types becomes Elasticsearch's own queries over vectors and ranked
 * documents on the coordinating node, before anything reaches a shard; over nested vectors a query
 * of its own does so on the shard, where it is known what stands around it. This room knows of the
 * runtime only {@code org.sightline.inference}; it owns no thread, never waits for a model, and
 * answers every callback exactly once.
 */
package org.sightline.query;
