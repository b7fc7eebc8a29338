/**
 * Collections of vectors, and how well and how fast an index of Elasticsearch finds the nearest of
 * them: exact neighbours computed here, recall against them, index options with what they take in
 * memory, and pictures varied so that a collection of any size comes from a small gallery.
 *
 * <p>Speaks to nodes over HTTP only. Everything is the same every time: randomness has seeds.
 */
package org.sightline.vectors;
