/**
 * Real Elasticsearch processes, from the distribution zip to a green cluster and back.
 *
 * <p>Unpacks a distribution, installs a plugin zip with Elasticsearch's own command, starts nodes
 * as an unprivileged user, waits until they answer, stops, kills and restarts them, and shows their
 * logs when something fails. Nothing here knows what the plugin does; everything after the start
 * happens over HTTP.
 */
package org.sightline.testsupport.cluster;
