/**
 * Admission, order and batching of jobs: queues with slots and estimated work, ordered by purpose.
 *
 * <p>Knows nothing of models or graphs; a queue is given the function that runs a batch.
 */
package org.sightline.runtime.scheduler;
