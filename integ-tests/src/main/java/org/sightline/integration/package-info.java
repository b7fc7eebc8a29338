/**
 * Real Elasticsearch processes with the plugin's zip installed by {@code elasticsearch-plugin},
 * spoken to over HTTP only. Nothing of the plugin is on the class path here.
 */
package org.sightline.integration;
