/**
 * Actions between nodes, and their wire format. Actions named {@code internal:} serve searches and
 * pipelines as the system; those named {@code cluster:} are the privileges of the REST interface.
 *
 * <p>Promise: every message begins with its {@link org.sightline.query.WireFormat}, the newest that
 * sender and receiver read; a failed inference travels as part of a response, never as an exception
 * whose class the other side may not know.
 */
package org.sightline.plugin.transport;
