package org.sightline.plugin.node;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.elasticsearch.action.bulk.BulkRequestBuilder;
import org.elasticsearch.index.IndexNotFoundException;
import org.elasticsearch.test.ESSingleNodeTestCase;

public class IndexLabelsTests extends ESSingleNodeTestCase {
  private final AtomicLong now = new AtomicLong(System.nanoTime());

  private void add(String... categories) {
    BulkRequestBuilder bulk = client().prepareBulk("products");
    for (String category : categories) {
      bulk.add(client().prepareIndex().setSource("category", category));
    }
    assertFalse(bulk.setRefreshPolicy("true").get().hasFailures());
  }

  private static List<String> get(IndexLabels labels) throws Exception {
    return labels.get("products", "category").get(30, TimeUnit.SECONDS);
  }

  private Throwable failure(IndexLabels labels) {
    return expectThrows(ExecutionException.class, () -> get(labels)).getCause();
  }

  public void testDistinctValuesAreKeptForAMinute() throws Exception {
    createIndex("products", indexSettings(2, 0).build(), "category", "type=keyword");
    IndexLabels labels = new IndexLabels(client(), false, now::get);
    assertEquals(List.of(), get(labels));
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    add("hat", "shoe", "hat", "  ", "bag");
    assertEquals(List.of("bag", "hat", "shoe"), get(labels));
    add("coat");
    now.addAndGet(Duration.ofSeconds(59).toNanos());
    assertEquals(List.of("bag", "hat", "shoe"), get(labels));
    now.addAndGet(Duration.ofSeconds(2).toNanos());
    assertEquals(List.of("bag", "coat", "hat", "shoe"), get(labels));
  }

  public void testWhatOneUserReadIsNotKeptForAnother() throws Exception {
    createIndex("products", indexSettings(1, 0).build(), "category", "type=keyword");
    add("hat");
    IndexLabels labels = new IndexLabels(client(), false, now::get);
    assertEquals(List.of("hat"), getAs("one", labels));
    add("shoe");
    assertEquals(List.of("hat"), getAs("one", labels));
    assertEquals(List.of("hat", "shoe"), getAs("two", labels));
  }

  /** Another version of security may say in another way who asks. */
  public void testNothingIsKeptForAUserWhoIsNotKnown() throws Exception {
    createIndex("products", indexSettings(1, 0).build(), "category", "type=keyword");
    add("hat");
    IndexLabels labels = new IndexLabels(client(), true, now::get);
    assertEquals(List.of("hat"), get(labels));
    add("shoe");
    assertEquals(List.of("hat", "shoe"), get(labels));
    assertEquals(List.of("hat", "shoe"), getAs("one", labels));
    add("coat");
    assertEquals(List.of("hat", "shoe"), getAs("one", labels));
  }

  private List<String> getAs(String user, IndexLabels labels) throws Exception {
    try (var ignored = client().threadPool().getThreadContext().stashContext()) {
      client().threadPool().getThreadContext().putHeader("_xpack_security_authentication", user);
      return get(labels);
    }
  }

  public void testAFailureIsNotKept() throws Exception {
    IndexLabels labels = new IndexLabels(client(), false, now::get);
    assertTrue(failure(labels) instanceof IndexNotFoundException);
    createIndex("products", indexSettings(1, 0).build(), "category", "type=keyword");
    add("hat");
    assertEquals(List.of("hat"), get(labels));
  }

  public void testFieldsThatHaveNoValuesToList() {
    createIndex("products");
    add("hat");
    IndexLabels labels = new IndexLabels(client(), false, now::get);
    assertEquals(
        "[labels] of index [products] cannot be read from [category], which is of type [text], did"
            + " you mean [category.keyword]?",
        failure(labels).getMessage());
    assertEquals(
        "[labels] of index [products] cannot be read from [categorie.keyword], which does not"
            + " exist, did you mean [category.keyword]?",
        expectThrows(
                ExecutionException.class,
                () -> labels.get("products", "categorie.keyword").get(30, TimeUnit.SECONDS))
            .getCause()
            .getMessage());
  }

  public void testTooManyValues() {
    createIndex("products", indexSettings(1, 0).build(), "category", "type=keyword");
    String[] categories = new String[1001];
    for (int i = 0; i < categories.length; i++) {
      categories[i] = "category " + i;
    }
    add(categories);
    assertEquals(
        "[labels] finds more than [1000] values of [category] in [products]",
        failure(new IndexLabels(client(), false, now::get)).getMessage());
  }
}
