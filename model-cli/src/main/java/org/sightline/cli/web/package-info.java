/**
 * What every exchange with a server shares: addresses, how long is waited between two tries and how
 * often something is tried, a body that cannot stall for ever, and how far a transfer is. Makes no
 * connections.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.web;
