/**
 * Encoded images before a decoder sees them: decodes base64 and data URIs to bytes, knows the
 * format of a file by its first bytes, and knows texts that are images in base64.
 *
 * <p>What is no image that can be decoded is named in the error together with what to do about it.
 */
package org.sightline.runtime.encoded;
