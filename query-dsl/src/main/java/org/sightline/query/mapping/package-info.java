/**
 * Reads field definitions of the indices that a search resolved to, on the coordinating node.
 *
 * <p>Promise: cluster state only, no request is sent; a mapping is parsed once for all searches.
 */
package org.sightline.query.mapping;
