/**
 * The command {@code sightline-models}: lists, verifies and imports models on the machine of a
 * node, without Elasticsearch and without Python.
 *
 * <p>Results go to the standard output, errors to the standard error. The exit code is 0 when all
 * went well, 1 when something was refused or failed, 2 when the command line is wrong. Makes no
 * network connection.
 */
package org.sightline.cli;
