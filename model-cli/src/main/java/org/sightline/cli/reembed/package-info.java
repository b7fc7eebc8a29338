/**
 * Rebuilds an index with the vectors of another model, by requests that every client may send.
 *
 * <p>{@link org.sightline.cli.reembed.Plan} says what the new index is like: the mapping and the
 * settings of the old one, its pipelines, the new model in the place of the old one. {@link
 * org.sightline.cli.reembed.Rebuild} copies the documents through these pipelines until both
 * indices have the same ones, and moves the alias.
 *
 * <p>Nothing is kept on this side: a rebuild that ends half way is continued by the same command.
 * The old index is only read, apart from a write block while the alias moves.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.reembed;
