package org.sightline.cli.index;

import java.nio.file.Path;

/**
 * What a user asks for.
 *
 * @param folder with the pictures
 * @param index or alias of one index
 * @param model id of the model that embeds; null for the one of the index, or the cluster's best
 * @param rerank id of the model of the search that is shown; null for a search without rerank
 * @param shrink longest side of the pictures that are sent, in pixels; 0 for pictures as they are
 * @param withoutPictures whether documents keep their vectors alone
 * @param prune whether documents go whose file is gone
 */
public record IndexOptions(
    Path folder,
    String index,
    String model,
    String rerank,
    int shrink,
    boolean withoutPictures,
    boolean prune) {}
