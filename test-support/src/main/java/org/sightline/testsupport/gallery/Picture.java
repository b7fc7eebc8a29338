package org.sightline.testsupport.gallery;

/**
 * One picture of the gallery.
 *
 * @param id document id
 * @param name official name, such as {@code red heart}; several pictures may share one
 * @param emoji the character that the picture shows
 * @param skinTone whether it is a skin-tone variant
 * @param png the encoded image
 */
public record Picture(String id, String name, String emoji, boolean skinTone, byte[] png) {}
