/**
 * The command {@code sightline-models}: lists, verifies, imports and installs models on the machine
 * of a node, without Elasticsearch and without Python.
 *
 * <p>Results go to the standard output, errors and the progress of downloads to the standard error.
 * The exit code is 0 when all went well, 1 when something was refused or failed, 2 when the command
 * line is wrong. {@code install} makes network connections, nothing else does.
 */
package org.sightline.cli;
