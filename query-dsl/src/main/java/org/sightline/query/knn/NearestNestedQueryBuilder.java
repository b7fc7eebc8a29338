package org.sightline.query.knn;

import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.apache.lucene.search.Query;
import org.apache.lucene.search.join.ScoreMode;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.mapper.NestedObjectMapper;
import org.elasticsearch.index.query.InnerHitBuilder;
import org.elasticsearch.index.query.InnerHitContextBuilder;
import org.elasticsearch.index.query.LeafQueryBuilder;
import org.elasticsearch.index.query.NestedQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.query.WireFormat;

/**
 * What {@code image_text} becomes over nested vectors: a {@code nested} query whose documents have
 * the score of their nearest vector. Where the user has written the {@code nested} query around it,
 * it is that query's {@code knn}: only a shard that builds the Lucene query knows what is around.
 * Never typed by users.
 */
public final class NearestNestedQueryBuilder extends LeafQueryBuilder<NearestNestedQueryBuilder> {
  /** Of the query between nodes. */
  public static final String NAME = "image_text_nested";

  private final String path;
  private final QueryBuilder knn;
  private final InnerHitBuilder innerHits;

  /**
   * @param path of the nested objects
   * @param knn over a vector in them
   * @param innerHits null for none
   */
  NearestNestedQueryBuilder(String path, QueryBuilder knn, InnerHitBuilder innerHits) {
    this.path = path;
    this.knn = knn;
    this.innerHits = innerHits;
  }

  /** Reads what {@link #writeTo} wrote. */
  public NearestNestedQueryBuilder(StreamInput in) throws IOException {
    super(in);
    WireFormat.read(in, "query [" + NAME + "]");
    this.path = in.readString();
    this.knn = in.readNamedWriteable(QueryBuilder.class);
    this.innerHits = in.readOptionalWriteable(InnerHitBuilder::new);
  }

  @Override
  protected void doWriteTo(StreamOutput out) throws IOException {
    WireFormat.FIRST.write(out);
    out.writeString(path);
    out.writeNamedWriteable(knn);
    out.writeOptionalWriteable(innerHits);
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) throws IOException {
    QueryBuilder rewritten = knn.rewrite(context);
    return rewritten == knn ? this : new NearestNestedQueryBuilder(path, rewritten, innerHits);
  }

  @Override
  protected Query doToQuery(SearchExecutionContext context) throws IOException {
    NestedObjectMapper around = context.nestedScope().getObjectMapper();
    if (around == null || path.startsWith(around.fullPath() + ".")) {
      return nested().toQuery(context);
    }
    if (innerHits != null) {
      throw new IllegalArgumentException(
          "[inner_hits] of [image_text] have no meaning inside of a [nested] query, which has its"
              + " own");
    }
    if (around.fullPath().equals(path) == false) {
      throw new IllegalArgumentException(
          Strings.format(
              "[image_text] over vectors in [%s] cannot stand in a [nested] query whose [path] is"
                  + " [%s], expected [%s]",
              path, around.fullPath(), path));
    }
    return knn.toQuery(context);
  }

  /** An index that does not map the field has no documents to find, as for knn alone. */
  private NestedQueryBuilder nested() {
    return new NestedQueryBuilder(path, knn, ScoreMode.Max)
        .ignoreUnmapped(true)
        .innerHit(innerHits);
  }

  @Override
  public void extractInnerHitBuilders(Map<String, InnerHitContextBuilder> found) {
    nested().extractInnerHitBuilders(found);
  }

  @Override
  public String getWriteableName() {
    return NAME;
  }

  @Override
  public TransportVersion getMinimalSupportedVersion() {
    return TransportVersion.minimumCompatible();
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME);
    builder.field("path", path);
    builder.field("query", knn, params);
    if (innerHits != null) {
      builder.field("inner_hits", innerHits, params);
    }
    boostAndQueryNameToXContent(builder);
    builder.endObject();
  }

  @Override
  protected boolean doEquals(NearestNestedQueryBuilder other) {
    return path.equals(other.path)
        && knn.equals(other.knn)
        && Objects.equals(innerHits, other.innerHits);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(path, knn, innerHits);
  }
}
