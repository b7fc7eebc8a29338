/**
 * Configured bounds of the runtime: queue lengths, deadlines, memory, and the accounts that enforce
 * the bounds on heap and on decoded pixels.
 */
package org.sightline.runtime.limits;
