/** Rivals of the plugin: ONNX Runtime with nothing around it, and a Python process. */
package org.sightline.benchmarks.rival;
