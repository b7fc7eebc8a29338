/**
 * First-stage search: the {@code image_text_embedding} query vector builder and the {@code
 * image_text} query, which is a {@code knn} query that computes its own vector.
 *
 * <p>Promise: after the rewrite on the coordinating node only Elasticsearch's own {@code knn} query
 * with a plain vector is left. Around it, over nested vectors, is {@link
 * org.sightline.query.knn.NearestNestedQueryBuilder}, all of this room that reaches a shard.
 */
package org.sightline.query.knn;
