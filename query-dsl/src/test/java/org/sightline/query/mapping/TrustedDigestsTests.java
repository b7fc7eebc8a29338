package org.sightline.query.mapping;

import java.util.List;
import java.util.function.Function;
import org.elasticsearch.action.ResolvedIndices;
import org.elasticsearch.index.shard.ShardId;
import org.elasticsearch.plugins.FieldPredicate;
import org.elasticsearch.plugins.MapperPlugin;
import org.elasticsearch.search.SearchHit;
import org.elasticsearch.search.SearchShardTarget;
import org.elasticsearch.test.ESTestCase;
import org.sightline.query.testing.Hidden;
import org.sightline.query.testing.TestIndices;

/** Where a digest may stand for an image that nobody has shown to the user. */
public class TrustedDigestsTests extends ESTestCase {
  private static final String MAPPING =
      "'photo':{'type':'binary'},'photo_digest':{'type':'keyword'},'sha':{'type':'keyword'},"
          + "'pic_digest':{'type':'alias','path':'photo_digest'}";

  private static FieldMappings fields(
      ResolvedIndices indices, Function<String, FieldPredicate> visible) {
    return new MappingCache().fieldsOf(indices, visible);
  }

  private static boolean trusted(TrustedDigests digests, String cluster, String index) {
    SearchHit hit = SearchHit.unpooled(1, "1");
    hit.shard(new SearchShardTarget("node", new ShardId(index, "uuid", 0), cluster));
    return digests.include(hit);
  }

  private static boolean trusted(FieldPredicate visible, String field, String digestField) {
    ResolvedIndices indices = TestIndices.local(MAPPING);
    return trusted(
        TrustedDigests.of(fields(indices, index -> visible), field, digestField, "_digest"),
        null,
        "i0");
  }

  public void testWhereNothingIsHiddenAllAreTrusted() {
    TrustedDigests digests =
        TrustedDigests.of(fields(null, MapperPlugin.NOOP_FIELD_FILTER), "photo", "sha", "_digest");
    assertTrue(trusted(digests, null, "any"));
    assertTrue("other clusters as well", trusted(digests, "far", "any"));
    assertTrue(trusted(FieldPredicate.ACCEPT_ALL, "photo", "sha"));
  }

  public void testHiddenImageIsNotMatchedByItsDigest() {
    assertFalse(trusted(Hidden.of("photo"), "photo", "photo_digest"));
  }

  public void testOtherHiddenFieldsDoNotMatter() {
    assertTrue(trusted(Hidden.of("price"), "photo", "photo_digest"));
    assertTrue(trusted(Hidden.of("price"), "photo", "photo_digest.keyword"));
  }

  public void testDigestMustBelongToTheFieldByName() {
    assertFalse("of a title", trusted(Hidden.of("photo"), "title", "photo_digest"));
    assertFalse("of what it may be", trusted(Hidden.of("photo"), "title", "sha"));
    assertFalse("even where the image shows", trusted(Hidden.of("price"), "photo", "sha"));
    assertFalse("by another name", trusted(Hidden.of("photo"), "pic", "pic_digest"));
  }

  public void testIndicesDiffer() {
    Function<String, FieldPredicate> visible =
        index -> index.equals("i1") ? Hidden.of("photo") : FieldPredicate.ACCEPT_ALL;
    TrustedDigests digests =
        TrustedDigests.of(
            fields(TestIndices.of(List.of("far"), MAPPING, MAPPING), visible),
            "photo",
            "photo_digest",
            "_digest");
    assertTrue(trusted(digests, null, "i0"));
    assertFalse(trusted(digests, null, "i1"));
    assertFalse("not of this search", trusted(digests, null, "i2"));
    assertFalse("its rules are not known here", trusted(digests, "far", "i0"));
    assertFalse(
        trusted(
            TrustedDigests.of(fields(null, visible), "photo", "photo_digest", "_digest"),
            null,
            "i0"));
  }
}
