/**
 * What happens to a cluster under faults: nodes that are killed, frozen and restarted, more work
 * than it can do, and long running. Each scenario does one thing to real nodes over HTTP and gives
 * a {@link org.sightline.integration.faults.FaultRow} with what it counted and the rules that had
 * to hold; integration tests run the scaled forms, the fault table the long ones.
 *
 * <p>Conditions are asserted, times only where the time is the promise.
 */
package org.sightline.integration.faults;
