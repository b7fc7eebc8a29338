/**
 * From texts to token ids: cleaned by the steps that the manifest lists, then by the tokenizer that
 * the bundle brings in HuggingFace's format.
 *
 * <p>Owns the native tokenizers and how their library reaches the process. Makes no network
 * connection, sets no system property and writes nothing but that library.
 */
package org.sightline.runtime.text;
