/**
 * Loaded models: their native parts, their queues, their memory, their exchange for other versions,
 * and the caches of what they computed.
 */
package org.sightline.runtime.model;
