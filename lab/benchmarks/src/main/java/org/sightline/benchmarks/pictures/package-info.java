/**
 * Pictures of every kind, compared with Pillow, and files that claim much and hold little, decoded
 * under a watch of memory and time: the tables of docs/limits.md.
 */
package org.sightline.benchmarks.pictures;
