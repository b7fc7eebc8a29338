/**
 * Ownership of native things: reference counts that end in one release, and a count of the leases
 * that are open.
 */
package org.sightline.lease;
