/**
 * From a bundle on disk to a running cluster, which stores it and gives it to its inference nodes.
 *
 * <p>The cluster says which parts of which files it misses, and these are sent, one at a time and
 * never more than one in memory; so a push that was cut off is continued by the next one. Nothing
 * is in service before the cluster has all parts and has compared every file with its SHA-256.
 * Whatever may pass (a busy server, a connection that breaks) is tried again, redirects are not
 * followed. What the cluster answers is checked before it is used: files are found by the SHA-256
 * of the bundle's own manifest, never by a name that the cluster gives.
 *
 * <p>Passwords and API keys go to the cluster's address and stand in no message.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.push;
