/**
 * Reads field definitions of the indices that a search resolved to, on the coordinating node.
 *
 * <p>Promise: cluster state only, no request is sent and nothing is cached.
 */
package org.sightline.query.mapping;
