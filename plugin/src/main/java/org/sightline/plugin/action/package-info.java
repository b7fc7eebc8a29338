/**
 * The actions behind the REST interface, each with a privilege of its own: {@code
 * cluster:admin/sightline/…} for what costs or changes something, {@code
 * cluster:monitor/sightline/…} for what only looks.
 *
 * <p>Promise: base64 is decoded on a pool, never on the thread that reads HTTP; what is wrong with
 * one input of a list is said in its place.
 */
package org.sightline.plugin.action;
