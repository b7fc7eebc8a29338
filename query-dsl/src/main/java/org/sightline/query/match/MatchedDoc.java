package org.sightline.query.match;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.Explanation;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.Strings;
import org.elasticsearch.search.rank.RankDoc;
import org.sightline.query.WireFormat;
import org.sightline.runtime.inference.MatchScore;

/**
 * A document of a reranked window that can explain its place. Travels only in searches with {@code
 * explain}, so that all others are understood by nodes that do not know the class.
 */
public final class MatchedDoc extends RankDoc {
  /** The name on the wire. */
  public static final String NAME = "image_text_match_doc";

  private final String modelId;
  private final float firstScore;
  private final int firstRank;
  private final MatchScore match;

  /**
   * @param place where the document is, its rank and its score
   * @param modelId that matched
   * @param firstScore that the first stage gave it; no number where it gave none
   * @param firstRank that the first stage gave it, from 1
   * @param match null where the document has no match score
   */
  MatchedDoc(RankDoc place, String modelId, float firstScore, int firstRank, MatchScore match) {
    super(place.doc, place.score, place.shardIndex);
    this.rank = place.rank;
    this.modelId = modelId;
    this.firstScore = firstScore;
    this.firstRank = firstRank;
    this.match = match;
  }

  /** Reads what {@link #writeTo} wrote. */
  public MatchedDoc(StreamInput in) throws IOException {
    super(in);
    WireFormat.read(in, "[" + NAME + "]");
    modelId = in.readString();
    firstScore = in.readFloat();
    firstRank = in.readVInt();
    match =
        in.readBoolean()
            ? new MatchScore(in.readFloat(), in.readFloat(), in.readOptionalFloat())
            : null;
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    WireFormat.FIRST.write(out);
    out.writeString(modelId);
    out.writeFloat(firstScore);
    out.writeVInt(firstRank);
    out.writeBoolean(match != null);
    if (match != null) {
      out.writeFloat(match.noMatchLogit());
      out.writeFloat(match.matchLogit());
      out.writeOptionalFloat(match.similarity());
    }
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public Explanation explain(Explanation[] sources, String[] queryNames) {
    List<Explanation> details = new ArrayList<>();
    if (match != null) {
      details.add(Explanation.match(match.probability(), "match probability"));
      details.add(Explanation.match(match.matchLogit(), "logit of a match"));
      details.add(Explanation.match(match.noMatchLogit(), "logit of no match"));
      if (match.similarity() != null) {
        details.add(Explanation.match(match.similarity(), "similarity of the embeddings"));
      }
    }
    details.add(Explanation.match(firstRank, "rank in the first stage"));
    details.add(
        Float.isFinite(firstScore)
            ? Explanation.match(firstScore, "score in the first stage", sources)
            : Explanation.noMatch("no score in the first stage", sources));
    return Explanation.match(
        score,
        Strings.format(
            "is at rank [%d], %s model [%s]",
            rank, match == null ? "without a match score by" : "matched by", modelId),
        details);
  }

  @Override
  protected boolean doEquals(RankDoc other) {
    MatchedDoc that = (MatchedDoc) other;
    return modelId.equals(that.modelId)
        && Float.compare(firstScore, that.firstScore) == 0
        && firstRank == that.firstRank
        && Objects.equals(match, that.match);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(modelId, firstScore, firstRank, match);
  }
}
