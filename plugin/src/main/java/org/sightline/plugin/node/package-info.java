/**
 * What lives in a node: its model folders, its runtime, and how callers get their answer on a
 * thread of their own.
 *
 * <p>Promise: whatever is wrong with a bundle, the node starts; when the node stops, the runtime is
 * closed and what was not given back is logged.
 */
package org.sightline.plugin.node;
