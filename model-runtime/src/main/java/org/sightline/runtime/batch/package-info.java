/**
 * One batch of each kind of job, from prepared inputs to the results of a graph: images, texts,
 * pairs and captions.
 *
 * <p>A job is one input of a request; a runner executes a batch of jobs with one graph.
 */
package org.sightline.runtime.batch;
