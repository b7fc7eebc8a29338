/** TIFF: its directory as a checked layout, its segments unpacked, its samples as RGB. */
package org.sightline.runtime.image.tiff;
