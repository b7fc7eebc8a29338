/**
 * Native things: how their libraries come into the process, and who owns them: reference counts
 * that end in one release, and a count of the leases that are open.
 */
package org.sightline.runtime.lease;
