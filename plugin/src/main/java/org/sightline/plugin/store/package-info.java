/**
 * Models of the cluster: bundles in a hidden system index, cut into parts with hashes; every node
 * knows which there are, and inference nodes keep checked copies of their files on local disk.
 * Knows nothing of requests; routing asks it who has what.
 */
package org.sightline.plugin.store;
