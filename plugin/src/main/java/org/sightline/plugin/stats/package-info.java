/**
 * What {@code GET _sightline/stats} tells: counters of each inference node and their sum.
 *
 * <p>Promise: numbers are those of one moment of each node since it started; percentiles are those
 * of a node and never summed.
 */
package org.sightline.plugin.stats;
