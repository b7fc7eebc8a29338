/**
 * What every exchange with a server shares: addresses, repeated requests and the waits between
 * them, a body that cannot stall for ever, and the progress of a transfer. Makes no connections.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.web;
