/** Takes ONNX graphs apart, so that a file of a publisher becomes the graphs of a bundle. */
package org.sightline.cli.onnx;
