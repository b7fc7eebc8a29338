/**
 * One request from its inputs to its answer: what is cached, what is queued, and how the results of
 * single inputs become one response in the order of the inputs.
 */
package org.sightline.runtime.call;
