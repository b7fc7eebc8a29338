package org.sightline.query.match;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.apache.lucene.search.ScoreDoc;
import org.apache.lucene.util.SetOnce;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.core.Strings;
import org.elasticsearch.index.mapper.BinaryFieldMapper;
import org.elasticsearch.index.query.AbstractQueryBuilder;
import org.elasticsearch.index.query.QueryBuilder;
import org.elasticsearch.index.query.QueryRewriteContext;
import org.elasticsearch.search.builder.SearchSourceBuilder;
import org.elasticsearch.search.rank.RankBuilder;
import org.elasticsearch.search.rank.RankDoc;
import org.elasticsearch.search.retriever.RetrieverBuilder;
import org.elasticsearch.search.retriever.RetrieverParserContext;
import org.elasticsearch.xcontent.ObjectParser;
import org.elasticsearch.xcontent.ParseField;
import org.elasticsearch.xcontent.XContentBuilder;
import org.elasticsearch.xcontent.XContentParseException;
import org.elasticsearch.xcontent.XContentParser;
import org.sightline.query.QueryServices;
import org.sightline.query.compat.CompoundRetriever;
import org.sightline.query.compat.Rewrites;
import org.sightline.query.input.QueryInput;
import org.sightline.query.mapping.DigestField;
import org.sightline.query.mapping.FieldMappings;
import org.sightline.query.mapping.SourceField;
import org.sightline.query.mapping.TrustedDigests;
import org.sightline.query.task.RunningSearch;

/**
 * The retriever {@code image_text_match}: reorders the top of its child's hits by how well text and
 * image match. Its rewrite goes, one step each time it is called: filters, child, the search that
 * gives the window, the rerank; then Elasticsearch's ranked documents take its place.
 *
 * <p>It is a {@link CompoundRetriever} for what that checks and how others nest it, yet runs its
 * search itself, because combining results there is synchronous.
 */
public final class ImageTextMatchRetrieverBuilder
    extends CompoundRetriever<ImageTextMatchRetrieverBuilder> {
  /** The name of the retriever. */
  public static final String NAME = "image_text_match";

  /** The largest window, which is what Elasticsearch lets a search return unless told otherwise. */
  static final int MAX_WINDOW = 10_000;

  static final ParseField RETRIEVER = new ParseField("retriever");
  static final ParseField MODEL_ID = new ParseField("model_id");
  static final ParseField INPUT = new ParseField("input");
  static final ParseField FIELD = new ParseField("field");
  static final ParseField DIGEST_FIELD = new ParseField("digest_field");
  static final ParseField VERIFY_DIGESTS = new ParseField("verify_digests");
  static final ParseField SCORE_MODE = new ParseField("score_mode");
  static final ParseField ALLOW_RERANK_FAILURES = new ParseField("allow_rerank_failures");

  private static final class Draft {
    private RetrieverBuilder retriever;
    private String modelId;
    private QueryInput input;
    private String field;
    private String digestField;
    private boolean verifyDigests;
    private ScoreMode scoreMode;
    private boolean allowRerankFailures;
    private int rankWindowSize = RankBuilder.DEFAULT_RANK_WINDOW_SIZE;
    private Float minScore;
    private String name;
    private final List<QueryBuilder> filters = new ArrayList<>();
  }

  private static final ObjectParser<Draft, RetrieverParserContext> PARSER =
      new ObjectParser<>(NAME, Draft::new);

  static {
    PARSER.declareObject(
        (draft, value) -> draft.retriever = value,
        RetrieverBuilder::parseInnerRetrieverBuilder,
        RETRIEVER);
    PARSER.declareString((draft, value) -> draft.modelId = value, MODEL_ID);
    PARSER.declareField(
        (parser, draft, context) -> draft.input = QueryInput.parse(parser),
        INPUT,
        ObjectParser.ValueType.VALUE_OBJECT_ARRAY);
    PARSER.declareString((draft, value) -> draft.field = value, FIELD);
    PARSER.declareString((draft, value) -> draft.digestField = value, DIGEST_FIELD);
    PARSER.declareBoolean((draft, value) -> draft.verifyDigests = value, VERIFY_DIGESTS);
    PARSER.declareString((draft, value) -> draft.scoreMode = ScoreMode.parse(value), SCORE_MODE);
    PARSER.declareBoolean(
        (draft, value) -> draft.allowRerankFailures = value, ALLOW_RERANK_FAILURES);
    PARSER.declareInt((draft, value) -> draft.rankWindowSize = value, RANK_WINDOW_SIZE_FIELD);
    PARSER.declareFloat((draft, value) -> draft.minScore = value, MIN_SCORE_FIELD);
    PARSER.declareString((draft, value) -> draft.name = value, NAME_FIELD);
    PARSER.declareObjectArray(
        (draft, value) -> draft.filters.addAll(value),
        (parser, context) ->
            AbstractQueryBuilder.parseTopLevelQuery(parser, context::trackQueryUsage),
        PRE_FILTER_FIELD);
  }

  private final MatchOptions options;
  private final QueryServices services;

  /**
   * @param child gives the hits that are reordered
   * @param rankWindowSize how many of them
   * @param options how
   * @param services asked when the retriever is rewritten
   */
  public ImageTextMatchRetrieverBuilder(
      RetrieverBuilder child, int rankWindowSize, MatchOptions options, QueryServices services) {
    this(List.of(new RetrieverSource(child, null)), rankWindowSize, options, services);
    if (rankWindowSize < 1 || rankWindowSize > MAX_WINDOW) {
      throw new IllegalArgumentException(
          Strings.format(
              "[rank_window_size] must be in [1, %d], got [%d]", MAX_WINDOW, rankWindowSize));
    }
  }

  private ImageTextMatchRetrieverBuilder(
      List<RetrieverSource> child,
      int rankWindowSize,
      MatchOptions options,
      QueryServices services) {
    super(new ArrayList<>(child), rankWindowSize);
    this.options = Objects.requireNonNull(options, "options");
    this.services = services;
  }

  /** Parses the object under the name. */
  public static ImageTextMatchRetrieverBuilder parse(
      XContentParser parser, RetrieverParserContext context, QueryServices services) {
    Draft draft;
    try {
      draft = PARSER.apply(parser, context);
    } catch (XContentParseException e) {
      throw QueryInput.reasonOf(e);
    }
    if (draft.retriever == null) {
      throw new IllegalArgumentException("[image_text_match] needs [retriever]");
    }
    if (draft.minScore != null && Float.isFinite(draft.minScore) == false) {
      throw new IllegalArgumentException(
          "[min_score] must be a finite number, got [" + draft.minScore + "]");
    }
    ImageTextMatchRetrieverBuilder builder =
        new ImageTextMatchRetrieverBuilder(
            draft.retriever,
            draft.rankWindowSize,
            new MatchOptions(
                draft.modelId,
                draft.input,
                draft.field,
                draft.digestField,
                draft.verifyDigests,
                draft.scoreMode,
                draft.allowRerankFailures),
            services);
    builder.minScore(draft.minScore);
    builder.retrieverName(draft.name);
    builder.getPreFilterQueryBuilders().addAll(draft.filters);
    return builder;
  }

  @Override
  public String getName() {
    return NAME;
  }

  @Override
  protected ImageTextMatchRetrieverBuilder clone(
      List<RetrieverSource> newChildRetrievers, List<QueryBuilder> newPreFilterQueryBuilders) {
    ImageTextMatchRetrieverBuilder clone =
        new ImageTextMatchRetrieverBuilder(newChildRetrievers, rankWindowSize, options, services);
    clone.preFilterQueryBuilders = newPreFilterQueryBuilders;
    clone.minScore = minScore;
    clone.retrieverName = retrieverName;
    return clone;
  }

  @Override
  protected RetrieverBuilder doRewrite(QueryRewriteContext context) {
    try {
      List<QueryBuilder> filters = rewritePreFilters(context);
      if (filters != preFilterQueryBuilders) {
        return clone(innerRetrievers, filters);
      }
      RetrieverSource child = innerRetrievers.get(0);
      RetrieverSource rewritten = rewriteChild(child, context);
      if (rewritten.retriever() != child.retriever() || rewritten.source() != child.source()) {
        return clone(List.of(rewritten), filters);
      }
      return startRerank(child, context);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One step; the same parts again when there is nothing left to rewrite. */
  private RetrieverSource rewriteChild(RetrieverSource child, QueryRewriteContext context)
      throws IOException {
    RetrieverBuilder retriever = child.retriever();
    if (retriever.isCompound()) {
      // a leaf gets the filters when its search is made, a compound one must pass them on
      for (QueryBuilder filter : preFilterQueryBuilders) {
        if (retriever.getPreFilterQueryBuilders().contains(filter) == false) {
          retriever.getPreFilterQueryBuilders().add(filter);
        }
      }
    }
    RetrieverBuilder rewritten = retriever.rewrite(context);
    if (rewritten != retriever) {
      return new RetrieverSource(rewritten, null);
    }
    SearchSourceBuilder source =
        child.source() == null ? firstStage(retriever, context) : child.source();
    return new RetrieverSource(retriever, source.rewrite(context));
  }

  private SearchSourceBuilder firstStage(RetrieverBuilder retriever, QueryRewriteContext context) {
    SearchSourceBuilder source =
        createSearchSourceBuilder(context.getPointInTimeBuilder(), retriever).fetchSource(false);
    FieldMappings mappings = services.fieldsOf(context.getResolvedIndices());
    mappings.requireSomewhere(FIELD.getPreferredName(), options.field());
    if (options.scoresImages()) {
      String digests =
          DigestField.find(
              mappings, options.digestField(), options.field() + MatchOptions.DIGEST_SUFFIX);
      if (digests != null) {
        source.docValueField(digests);
      }
    } else if (mappings.isOnly(BinaryFieldMapper.CONTENT_TYPE, options.field())) {
      throw DocumentContent.pictureWithPictures(options.field());
    }
    return source;
  }

  /** What {@link #firstStage} asked for, and where it may be used; null without digests. */
  private Window.Digests digests(SearchSourceBuilder source, QueryRewriteContext context) {
    if (source.docValueFields() == null || source.docValueFields().isEmpty()) {
      return null;
    }
    String field = source.docValueFields().get(0).field;
    return new Window.Digests(
        field,
        TrustedDigests.of(
            services.fieldsOf(context.getResolvedIndices()),
            options.field(),
            field,
            MatchOptions.DIGEST_SUFFIX));
  }

  private RetrieverBuilder startRerank(RetrieverSource child, QueryRewriteContext context) {
    SetOnce<RankedWindow> result = new SetOnce<>();
    Window.Digests digests = digests(child.source(), context);
    boolean allowPartialResults = Rewrites.allowPartialResults(context);
    SourceField field =
        SourceField.of(services.fieldsOf(context.getResolvedIndices()), options.field());
    context.registerAsyncAction(
        (client, listener) -> {
          ActionListener<RankedWindow> onWindow =
              listener.delegateFailureAndWrap(
                  (l, window) -> {
                    child.retriever().setRankDocs(window.firstStage());
                    result.set(window);
                    l.onResponse(null);
                  });
          RunningSearch running = RunningSearch.of(client.threadPool().getThreadContext());
          WindowSearches searches =
              new WindowSearches(
                  running.childrenOf(client), child.source(), digests, field, allowPartialResults);
          new Rerank(options, minScore, services, searches, onWindow).run();
        });
    RetrieverBuilder pending =
        new RerankedRetrieverBuilder(
            child.retriever(), rankWindowSize, options.modelId(), result::get);
    pending.minScore(minScore);
    pending.retrieverName(retrieverName);
    return pending;
  }

  @Override
  protected RankDoc[] combineInnerRetrieverResults(List<ScoreDoc[]> rankResults, boolean explain) {
    throw new IllegalStateException("[" + NAME + "] runs its own search");
  }

  @Override
  protected void doToXContent(XContentBuilder builder, Params params) throws IOException {
    builder.field(RETRIEVER.getPreferredName(), innerRetrievers.get(0).retriever());
    builder.field(MODEL_ID.getPreferredName(), options.modelId());
    builder.field(INPUT.getPreferredName(), options.input());
    builder.field(FIELD.getPreferredName(), options.field());
    if (options.digestField() != null) {
      builder.field(DIGEST_FIELD.getPreferredName(), options.digestField());
    }
    if (options.verifyDigests()) {
      builder.field(VERIFY_DIGESTS.getPreferredName(), true);
    }
    builder.field(RANK_WINDOW_SIZE_FIELD.getPreferredName(), rankWindowSize);
    builder.field(SCORE_MODE.getPreferredName(), options.scoreMode().toString());
    builder.field(ALLOW_RERANK_FAILURES.getPreferredName(), options.allowRerankFailures());
  }

  @Override
  public boolean doEquals(Object other) {
    return super.doEquals(other)
        && options.equals(((ImageTextMatchRetrieverBuilder) other).options);
  }

  @Override
  public int doHashCode() {
    return Objects.hash(super.doHashCode(), rankWindowSize, options);
  }
}
