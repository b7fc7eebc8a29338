/**
 * Decodes WebP: lossy after RFC 6386 (VP8 key frames), lossless and alpha after the "WebP Lossless
 * Bitstream Specification" (RFC 9649). Pixels are equal to those of the reference decoder with its
 * smooth chroma upsampling; colour profiles are not applied.
 *
 * <p>Written here because the memory that a file of a hundred bytes can claim from the library at
 * hand has no bound, and because its lossy colours are several levels off
 * (docs/decisions/010-webp-decoder.md). Memory is bounded by {@link
 * org.sightline.runtime.image.webp.WebpFile#bitsPerPixel}, time by pixels plus bytes; what is wrong
 * with a file is an {@link java.io.IOException}.
 */
package org.sightline.runtime.image.webp;
