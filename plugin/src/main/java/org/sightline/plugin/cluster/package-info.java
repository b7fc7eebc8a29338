/**
 * Which node of the cluster answers an inference, and what happens when it cannot.
 *
 * <p>Promise: requests for one image go to the same node as long as it is there, so that nodes
 * share the set of cached features without copies; a node that fails is followed by the next, each
 * at most once; the deadline is one for all of them; results come back in the order of the inputs.
 */
package org.sightline.plugin.cluster;
