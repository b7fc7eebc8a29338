/**
 * What a model makes of an image, whatever the query, and where it is kept on local disk.
 *
 * <p>Promise: the files never take more than their limit, whatever is written at the same time; a
 * file that is not whole is never read as one; nothing outside of the given folder is touched. No
 * thread is started here and nothing native is held.
 */
package org.sightline.runtime.features;
