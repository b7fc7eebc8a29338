package org.sightline.query.knn;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.lucene.search.Query;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.TransportVersion;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.index.query.DisMaxQueryBuilder;
import org.elasticsearch.index.query.InnerHitBuilder;
import org.elasticsearch.index.query.LeafQueryBuilder;
import org.elasticsearch.index.query.MatchNoneQueryBuilder;
import org.elasticsearch.index.query.NestedQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.index.query.SearchExecutionContext;
import org.elasticsearch.index.query.support.AutoPrefilteringUtils;
import org.elasticsearch.search.vectors.KnnVectorQueryBuilder;
import org.elasticsearch.search.vectors.RescoreVectorBuilder;
import org.elasticsearch.xcontent.ErrorOnUnknown;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParseException;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.query.QueryServices;
import org.sightline.query.WireFormat;
import org.sightline.query.input.QueryInput;
import org.sightline.query.mapping.FieldMappings;
import org.sightline.query.mapping.VectorField;

/**
 * The query {@code image_text}: a {@code knn} query whose vector is the embedding of its input. Its
 * rewrite finds the model, embeds the input, equal ones of a request once, and hands over to {@link
 * KnnVectorQueryBuilder}, so that filters and scoring are those of Elasticsearch. Where the field
 * is nested, a document's score is that of its best vector.
 */
public final class ImageTextQueryBuilder extends LeafQueryBuilder<ImageTextQueryBuilder> {
  /** The name of the query. */
  public static final String NAME = "image_text";

  static final ParseField FIELD = new ParseField("field");
  static final ParseField INPUT = new ParseField("input");
  static final ParseField MODEL_ID = new ParseField("model_id");
  static final ParseField K = new ParseField("k");
  static final ParseField NUM_CANDIDATES = new ParseField("num_candidates");
  static final ParseField VISIT_PERCENTAGE = new ParseField("visit_percentage");
  static final ParseField SIMILARITY = new ParseField("similarity");
  static final ParseField RESCORE_VECTOR = KnnVectorQueryBuilder.RESCORE_VECTOR_FIELD;
  static final ParseField FILTER = new ParseField("filter");
  static final ParseField INNER_HITS = new ParseField("inner_hits");

  private static final class Draft {
    private String field;
    private QueryInput input;
    private String modelId;
    private Integer k;
    private Integer numCandidates;
    private Float visitPercentage;
    private Float similarity;
    private RescoreVectorBuilder rescoreVector;
    private InnerHitBuilder innerHits;
    private final List<QueryBuilder> filters = new ArrayList<>();
    private float boost = DEFAULT_BOOST;
    private String queryName;

    private final XContentParser parser;
    private XContentParseException unknown;
    private String shortForm;

    private Draft(XContentParser parser) {
      this.parser = parser;
    }

    private void unknownKey(String key, Object value) {
      if (unknown == null) {
        unknown =
            new XContentParseException(
                parser.getTokenLocation(),
                ErrorOnUnknown.IMPLEMENTATION.errorMessage(NAME, key, OPTIONS));
        shortForm = value instanceof Map || value instanceof String ? key : null;
      }
    }

    private KnnOptions options() {
      if (field == null && input == null && shortForm != null) {
        throw new IllegalArgumentException(
            Strings.format(
                "[image_text] unknown field [%s], the name of a vector field stands in [field]:"
                    + " {\"image_text\": {\"field\": \"%s\", \"input\": …}}",
                shortForm, shortForm));
      }
      if (unknown != null) {
        throw unknown;
      }
      return new KnnOptions(
          field,
          modelId,
          input,
          k,
          numCandidates,
          visitPercentage,
          similarity,
          rescoreVector,
          innerHits);
    }
  }

  private static final List<String> OPTIONS =
      Stream.of(
              FIELD,
              INPUT,
              MODEL_ID,
              K,
              NUM_CANDIDATES,
              VISIT_PERCENTAGE,
              SIMILARITY,
              RESCORE_VECTOR,
              FILTER,
              INNER_HITS,
              BOOST_FIELD,
              NAME_FIELD)
          .map(ParseField::getPreferredName)
          .toList();

  private static final ObjectParser<Draft, Void> PARSER =
      new ObjectParser<>(NAME, Draft::unknownKey, null);

  static {
    PARSER.declareString((draft, value) -> draft.field = value, FIELD);
    PARSER.declareField(
        (parser, draft, context) -> draft.input = QueryInput.parse(parser),
        INPUT,
        ObjectParser.ValueType.VALUE_OBJECT_ARRAY);
    PARSER.declareString((draft, value) -> draft.modelId = value, MODEL_ID);
    PARSER.declareInt((draft, value) -> draft.k = value, K);
    PARSER.declareInt((draft, value) -> draft.numCandidates = value, NUM_CANDIDATES);
    PARSER.declareFloat((draft, value) -> draft.visitPercentage = value, VISIT_PERCENTAGE);
    PARSER.declareFloat((draft, value) -> draft.similarity = value, SIMILARITY);
    PARSER.declareObject(
        (draft, value) -> draft.rescoreVector = value,
        (parser, context) -> KnnOptions.parseRescoreVector(parser),
        RESCORE_VECTOR);
    PARSER.declareFieldArray(
        (draft, filters) -> draft.filters.addAll(filters),
        (parser, context) -> AbstractQueryBuilder.parseTopLevelQuery(parser),
        FILTER,
        ObjectParser.ValueType.OBJECT_ARRAY);
    PARSER.declareObject(
        (draft, value) -> draft.innerHits = value,
        (parser, context) -> InnerHitBuilder.fromXContent(parser),
        INNER_HITS);
    PARSER.declareFloat((draft, value) -> draft.boost = value, BOOST_FIELD);
    PARSER.declareString((draft, value) -> draft.queryName = value, NAME_FIELD);
  }

  private final KnnOptions options;
  private final List<QueryBuilder> filters;
  private final QueryServices services;

  /** Null before the input is being embedded. */
  private final Embeddings embeddings;

  /**
   * The input while it is being embedded.
   *
   * @param vectors gives null until the input has been embedded
   * @param nestedPath of the objects that have the vectors it is compared with, or null
   */
  private record Embeddings(Supplier<List<float[]>> vectors, String nestedPath) {}

  /**
   * @param options what is searched for and where
   * @param filters which documents are searched; all of them must match
   * @param services asked when the query is rewritten
   */
  public ImageTextQueryBuilder(
      KnnOptions options, List<QueryBuilder> filters, QueryServices services) {
    this(options, filters, services, null);
  }

  private ImageTextQueryBuilder(
      KnnOptions options,
      List<QueryBuilder> filters,
      QueryServices services,
      Embeddings embeddings) {
    this.options = Objects.requireNonNull(options, "options");
    this.filters = List.copyOf(filters);
    this.services = services;
    this.embeddings = embeddings;
  }

  /** Reads what {@link #writeTo} wrote. */
  public ImageTextQueryBuilder(StreamInput in, QueryServices services) throws IOException {
    super(in);
    WireFormat.read(in, "query [" + NAME + "]");
    this.options = KnnOptions.read(in);
    this.filters = in.readNamedWriteableCollectionAsList(QueryBuilder.class);
    this.services = services;
    this.embeddings = null;
  }

  /** Parses the object under the name. */
  public static ImageTextQueryBuilder parse(XContentParser parser, QueryServices services)
      throws IOException {
    Draft draft = new Draft(parser);
    try {
      PARSER.parse(parser, draft, null);
    } catch (XContentParseException e) {
      throw QueryInput.reasonOf(e);
    }
    return new ImageTextQueryBuilder(draft.options(), draft.filters, services)
        .boost(draft.boost)
        .queryName(draft.queryName);
  }

  KnnOptions options() {
    return options;
  }

  List<QueryBuilder> filters() {
    return filters;
  }

  @Override
  protected QueryBuilder doRewrite(QueryRewriteContext context) {
    if (embeddings != null) {
      List<float[]> vectors = embeddings.vectors().get();
      return vectors == null ? this : knn(vectors, embeddings.nestedPath());
    }
    FieldMappings mappings = services.fieldsOf(context.getResolvedIndices());
    if (mappings.areOfNoIndex()) {
      return new MatchNoneQueryBuilder("no index is searched");
    }
    VectorField field = VectorField.of(mappings, options.field());
    if (options.similarity() != null) {
      field.requireInRange(options.similarity());
    }
    String modelId =
        options.input().needsModel()
            ? field.requireModel(options.modelId(), services.models())
            : null;
    String nestedPath = field.nestedPath().orElse(null);
    if (nestedPath != null) {
      requireNoNestedFilter();
    } else if (options.innerHits() != null) {
      throw new IllegalArgumentException(
          Strings.format(
              "[inner_hits] show which vector of a [field] in nested objects was nearest, [%s] is"
                  + " in none",
              options.field()));
    }
    SetOnce<List<float[]>> vectors = new SetOnce<>();
    context.registerUniqueAsyncAction(
        new EmbeddingsAction(modelId, options.input(), nestedPath == null, services), vectors::set);
    return new ImageTextQueryBuilder(
        options, filters, services, new Embeddings(vectors::get, nestedPath));
  }

  /**
   * One knn query for each vector of the input, of which the best score counts. Only an image has
   * several, and that is its ITC similarity with a text (Li et al., arXiv 2301.12597, section 3.1):
   * the largest over its vectors. The first {@code k} of a shard are as exact as each of the
   * searches: what is among the best by the largest score is among the {@code k} best by the vector
   * that gives it that score.
   *
   * <p>Over nested vectors documents have the score of the best of theirs: inside of a nested query
   * Elasticsearch's knn gives the best vector of each of {@code k} documents, and applies filters
   * to the documents.
   */
  private QueryBuilder knn(List<float[]> vectors, String nestedPath) {
    DisMaxQueryBuilder best = new DisMaxQueryBuilder().tieBreaker(0);
    for (float[] vector : vectors) {
      best.add(
          new KnnVectorQueryBuilder(
                  options.field(),
                  vector,
                  options.k(),
                  options.numCandidates(),
                  options.visitPercentage(),
                  options.rescoreVector(),
                  options.similarity())
              .addFilterQueries(filters));
    }
    QueryBuilder query = vectors.size() == 1 ? best.innerQueries().get(0) : best;
    return nestedPath == null
        ? query
        : new NearestNestedQueryBuilder(nestedPath, query, options.innerHits());
  }

  /**
   * @throws IllegalArgumentException (400) when a filter would be read wrongly inside of a nested
   *     query
   */
  private void requireNoNestedFilter() {
    for (QueryBuilder filter : filters) {
      Optional<QueryBuilder> readable =
          AutoPrefilteringUtils.pruneQuery(filter, Set.of(NestedQueryBuilder.class));
      if (readable.equals(Optional.of(filter)) == false) {
        throw new IllegalArgumentException(
            "[filter] of ["
                + NAME
                + "] must not hold a [nested] query where [field] is nested, as ["
                + options.field()
                + "] is; use the [knn] section of the search");
      }
    }
  }

  @Override
  protected Query doToQuery(SearchExecutionContext context) {
    throw new IllegalStateException("[" + NAME + "] must be rewritten before it is run");
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
  protected void doWriteTo(StreamOutput out) throws IOException {
    if (embeddings != null) {
      throw new IllegalStateException("the input of [" + NAME + "] is still being embedded");
    }
    WireFormat.FIRST.write(out);
    options.writeTo(out);
    out.writeNamedWriteableCollection(filters);
  }

  @Override
  protected void doXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject(NAME);
    builder.field(FIELD.getPreferredName(), options.field());
    builder.field(INPUT.getPreferredName(), options.input());
    if (options.modelId() != null) {
      builder.field(MODEL_ID.getPreferredName(), options.modelId());
    }
    if (options.k() != null) {
      builder.field(K.getPreferredName(), options.k());
    }
    if (options.numCandidates() != null) {
      builder.field(NUM_CANDIDATES.getPreferredName(), options.numCandidates());
    }
    if (options.visitPercentage() != null) {
      builder.field(VISIT_PERCENTAGE.getPreferredName(), options.visitPercentage());
    }
    if (options.similarity() != null) {
      builder.field(SIMILARITY.getPreferredName(), options.similarity());
    }
    if (options.rescoreVector() != null) {
      builder.field(RESCORE_VECTOR.getPreferredName(), options.rescoreVector());
    }
    if (filters.isEmpty() == false) {
      builder.xContentList(FILTER.getPreferredName(), filters);
    }
    if (options.innerHits() != null) {
      builder.field(INNER_HITS.getPreferredName(), options.innerHits(), params);
    }
    boostAndQueryNameToXContent(builder);
    builder.endObject();
  }

  @Override
  protected boolean doEquals(ImageTextQueryBuilder other) {
    return options.equals(other.options)
        && filters.equals(other.filters)
        && Objects.equals(embeddings, other.embeddings);
  }

  @Override
  protected int doHashCode() {
    return Objects.hash(options, filters, embeddings);
  }
}
