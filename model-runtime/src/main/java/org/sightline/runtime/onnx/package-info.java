/**
 * Graphs as leased native sessions: opened from a bundle's file, compared with the manifest, run,
 * and closed when the last lease ends.
 *
 * <p>The only room that knows ONNX Runtime.
 */
package org.sightline.runtime.onnx;
