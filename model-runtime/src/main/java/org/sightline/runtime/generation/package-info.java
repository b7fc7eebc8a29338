/**
 * Token sequences from next-token logits: beam search and nucleus sampling.
 *
 * <p>Promise: arithmetic on the heap only. Knows neither graphs nor tokenizers; whoever runs the
 * graph hands in logits and is told which tokens come next. Equal to HuggingFace's {@code generate}
 * (transformers 5.17, {@code generation/utils.py}) where nothing is drawn at random.
 */
package org.sightline.runtime.generation;
