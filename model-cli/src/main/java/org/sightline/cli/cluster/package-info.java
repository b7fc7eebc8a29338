/**
 * Requests of commands to the indices of a cluster: lists of documents, bulk requests that are sent
 * again where the cluster has no room, and what they say of each document.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.cluster;
