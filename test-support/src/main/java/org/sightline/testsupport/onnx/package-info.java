/** Small ONNX files written by hand, for tests. */
package org.sightline.testsupport.onnx;
