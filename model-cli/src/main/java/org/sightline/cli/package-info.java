/**
 * The command {@code sightline-models}: lists, verifies, imports, installs and pushes models on the
 * machine of a node, without Elasticsearch and without Python.
 *
 * <p>Results go to the standard output, errors and the progress of transfers to the standard error.
 * The exit code is 0 when all went well, 1 when something was refused or failed, 2 when the command
 * line is wrong. {@code install} and {@code push} make network connections, nothing else does.
 */
package org.sightline.cli;
