/**
 * Query DSL: the query, the query vector builder and the retriever; parse, validate, rewrite.
 *
 * <p>Knows of the runtime only {@code org.sightline.inference}. No search thread ever waits for a
 * model: all inference happens in asynchronous rewrites on the coordinating node.
 */
package org.sightline.query;
