/**
 * Everything behind a published number: drivers that measure the plugin in a real Elasticsearch and
 * its rival in the same run.
 *
 * <p>Rounds are interleaved and results are stated as ratios with their spread, because machines
 * are noisy. No test asserts a time.
 */
package org.sightline.benchmarks;
