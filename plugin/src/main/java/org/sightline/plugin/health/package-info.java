/**
 * What {@code GET _health_report} says of inference.
 *
 * <p>Promise: reads the cluster state and this node's models; asks no other node, so a report never
 * waits for one.
 */
package org.sightline.plugin.health;
