/**
 * Decoded pictures row by row, and what models ask of them: resizing as Pillow does it, cropping
 * and normalisation.
 */
package org.sightline.runtime.image.pixels;
