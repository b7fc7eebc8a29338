/**
 * Zero-shot classification: an image is compared with texts made of labels, in the embedding space
 * of a dual encoder.
 *
 * <p>Promise: knows only the inference interface, so it works with whoever answers that;
 * probabilities are those of the model's own logits; nothing here blocks or holds native memory.
 */
package org.sightline.runtime.zeroshot;
