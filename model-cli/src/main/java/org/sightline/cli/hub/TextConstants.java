package org.sightline.cli.hub;

import java.util.List;
import org.sightline.runtime.bundle.CleaningStep;
import org.sightline.runtime.bundle.TextSpec.Padding;

/**
 * How the texts of a model are prepared, where its folder says it wrongly or not at all. Whatever
 * is null is derived from the folder.
 *
 * @param cleaning what is done to a text before it is tokenized
 * @param padding how far the texts of a batch are padded
 * @param padTokenId the id that fills up
 */
public record TextConstants(List<CleaningStep> cleaning, Padding padding, Integer padTokenId) {
  /** Says nothing. */
  public static final TextConstants NONE = new TextConstants(null, null, null);
}
