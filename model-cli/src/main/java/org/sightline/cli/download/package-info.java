/**
 * From a source (a repository of a hub that speaks HuggingFace's protocol, an address of a zip, a
 * zip on disk) to a folder of files that an import can read. Installs nothing.
 *
 * <p>Nothing that a server says is trusted further than it can be checked: names are matched
 * against what an import reads, lengths and SHA-256 are compared where the hub or a manifest gives
 * them, everything is bounded before it is written. The token goes to the hub's own host and
 * nowhere else. What a cut-off download leaves lies in a {@link
 * org.sightline.cli.download.StagingFolder} and is continued by the next one.
 *
 * <p>Failures are {@link org.sightline.cli.web.TransferException}s whose message is fit for users.
 */
package org.sightline.cli.download;
