/**
 * Models at work: loads bundles, batches inputs across requests, keeps features and embeddings, and
 * answers the inference interface in this process.
 *
 * <p>No thread is started here: preparing and inferring run on the two executors of the caller, and
 * every queue in front of them has a bound. {@link org.sightline.runtime.LocalRuntime} is the only
 * entry.
 */
package org.sightline.runtime;
