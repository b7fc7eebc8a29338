package org.sightline.cli.reembed;

/**
 * What a user asks for.
 *
 * @param index or alias of one index
 * @param model id of the new model
 * @param from id of the model to replace; null for the only one that the index names
 * @param target name of the new index; null for the old one's with the next number
 * @param alias that moves to the new index in the end; null for none
 * @param pipeline that embeds; null for the index's default pipeline
 * @param withoutPicture whether documents whose picture is gone are left out
 * @param documentsPerSecond at most so many, 0 for as many as the cluster takes
 */
public record Options(
    String index,
    String model,
    String from,
    String target,
    String alias,
    String pipeline,
    boolean withoutPicture,
    long documentsPerSecond) {}
