/**
 * What differs between the versions of Elasticsearch that this module uses. The classes lie in
 * source roots beside {@code src/main}: one of {@code src/es-before-X} and {@code src/es-since-X}
 * for each version X that changed something; the build takes those of the version it builds for.
 *
 * <p>Promise: a class of this package has the same name and the same members in both roots, so that
 * everything else compiles unchanged.
 */
package org.sightline.query.compat;
