/**
 * The settings of a node: each registered, validated when the node reads it, and documented in
 * {@code docs/settings.md}.
 */
package org.sightline.plugin.settings;
