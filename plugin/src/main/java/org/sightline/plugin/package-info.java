/** Wiring: what a node needs to run the rooms of this project, and nothing else. */
package org.sightline.plugin;
