/**
 * The page to search with: its files, served from the plugin's own jar to whoever may speak to the
 * node, and thumbnails of pictures, made with the rights of whoever asks. The page itself is a
 * client of the REST interface like any other.
 */
package org.sightline.plugin.app;
