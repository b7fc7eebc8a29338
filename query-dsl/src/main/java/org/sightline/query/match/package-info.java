/**
 * Reranking: the {@code image_text_match} retriever re-reads the top of another retriever's hits
 * with a model that looks at text and image together.
 *
 * <p>Promise: everything happens asynchronously on the coordinating node, under the user's own
 * privileges and the search's point in time; images travel only when their features are not cached,
 * and never more than a few at a time; what is wrong with one document's content is that document's
 * failure alone, but content that cannot be read is a failure of the whole.
 */
package org.sightline.query.match;
