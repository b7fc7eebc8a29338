package org.sightline.runtime.bundle;

/**
 * How captions are decoded, where a request says nothing else.
 *
 * @param firstTokenId begins every caption (BLIP's {@code [DEC]})
 * @param endTokenId ends a caption
 * @param numBeams beams of the search
 * @param maxLength in tokens, the first one and the prompt included
 * @param minLength likewise; the end is not allowed before
 * @param repetitionPenalty above 1, tokens that occurred become less likely
 * @param lengthPenalty exponent of the length by which the score of a beam is divided
 */
public record CaptionSpec(
    int firstTokenId,
    int endTokenId,
    int numBeams,
    int maxLength,
    int minLength,
    float repetitionPenalty,
    float lengthPenalty) {}
