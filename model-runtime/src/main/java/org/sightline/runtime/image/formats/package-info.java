/**
 * Encoded pictures, one class for each format: the check of the file, and the reader that gets only
 * what was checked.
 */
package org.sightline.runtime.image.formats;
