/**
 * Model folders as the HuggingFace hub has them for ONNX, in transformers' layout or in that of
 * Immich's OpenCLIP models, made into bundles: the manifest is derived from {@code config.json},
 * {@code preprocessor_config.json}, {@code tokenizer.json} and the graphs themselves.
 *
 * <p>Nothing is guessed: what the folder does not say, and the caller neither, is refused with a
 * {@link org.sightline.runtime.bundle.BundleException} that names file and key. A bundle appears in
 * the folder of models only after it has been opened and run by the runtime itself; until then
 * nothing of it is visible to a node, and nothing of it stays when it is refused. Makes no network
 * connection.
 *
 * <p>The only room beside {@code model-export} that knows model families.
 */
package org.sightline.cli.hub;
