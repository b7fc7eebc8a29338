/**
 * First-stage search: the {@code image_text_embedding} query vector builder and the {@code
 * image_text} query, which is a {@code knn} query that computes its own vector.
 *
 * <p>Promise: nothing of this room reaches a shard; after the rewrite on the coordinating node only
 * Elasticsearch's own {@code knn} query with a plain vector is left.
 */
package org.sightline.query.knn;
