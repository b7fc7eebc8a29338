/**
 * Actions between nodes, and their wire format. Actions named {@code internal:} serve searches and
 * pipelines as the system; those named {@code cluster:} are the privileges of the REST interface.
 *
 * <p>Promise: every message begins with a format byte of its own, so that nodes with different
 * versions of the plugin refuse each other clearly; a failed inference travels as part of a
 * response, never as an exception whose class the other side may not know.
 */
package org.sightline.plugin.transport;
