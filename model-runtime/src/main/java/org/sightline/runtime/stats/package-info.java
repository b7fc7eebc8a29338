/** Counters and histograms of the runtime, and the immutable snapshots that callers read. */
package org.sightline.runtime.stats;
