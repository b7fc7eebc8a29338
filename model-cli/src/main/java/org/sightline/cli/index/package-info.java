/**
 * Indexes a folder of pictures, by requests that every client may send.
 *
 * <p>{@link org.sightline.cli.index.FolderIndex} chooses the model, makes the pipeline and the
 * index or checks that those that are there fit, finds the pictures of the folder, and sends those
 * that are new or have changed. Nothing is kept on this side: path, size and time of change of what
 * is indexed stand in the documents.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.index;
