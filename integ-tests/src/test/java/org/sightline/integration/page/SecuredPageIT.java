package org.sightline.integration.page;

import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.HttpCredentials;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.ElasticsearchNode;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;
import org.sightline.testsupport.gallery.Picture;
import org.sightline.testsupport.load.PhotoIndex;

/** With security on everybody logs in by the browser, and sees what they may see. */
@ExtendWith(PageExtension.class)
class SecuredPageIT {
  private static final String PASSWORD = "correct-horse-battery";
  private static final List<Picture> PICTURES = Installation.gallery().pictures().subList(0, 20);

  /** Each name is a user and the role of that user. */
  private static final String ROLES =
      """
      reader:
        indices: [ { names: [ 'pictures' ], privileges: [ 'read' ] } ]
      even:
        indices: [ { names: [ 'pictures' ], privileges: [ 'read' ],
                     query: '{ "term": { "group": "even" } }' } ]
      blind:
        indices: [ { names: [ 'pictures' ], privileges: [ 'read' ],
                     field_security: { grant: [ '*' ], except: [ 'photo', 'photo_digest' ] } } ]
      newcomer:
        indices: [ { names: [ 'mine-*' ], privileges: [ 'all' ] } ]
      """;

  private static ElasticsearchCluster cluster;
  private static HttpJson admin;
  private static Browser browser;

  @BeforeAll
  static void start(Distribution distribution) throws IOException {
    browser = Browser.start();
    cluster =
        ElasticsearchCluster.of(
            distribution,
            "secured-page",
            NodeSpec.small("secured-page")
                .secured()
                .with("xpack.security.authc.realms.file.file1.order", "0"));
    ElasticsearchNode node = cluster.node(0);
    Files.writeString(node.configuration().resolve("roles.yml"), ROLES);
    addUsers(node);
    cluster.start();
    admin = new HttpJson(cluster.http(), "admin", PASSWORD);
    admin.ok("POST", "/_license/start_trial?acknowledge=true", null);
    new PhotoIndex(admin, "pictures").create(1, 0).add(PICTURES);
    new PhotoIndex(admin, "secret").create(1, 0).add(PICTURES.subList(0, 2));
  }

  /** The first by the command; the others, who have the same password, in its files. */
  private static void addUsers(ElasticsearchNode node) throws IOException {
    node.run("elasticsearch-users", "useradd", "admin", "-p", PASSWORD, "-r", "superuser");
    Path users = node.configuration().resolve("users");
    String hash = Files.readString(users).strip().substring("admin:".length());
    for (String name : List.of("reader", "even", "blind", "newcomer")) {
      Files.writeString(users, name + ":" + hash + "\n", StandardOpenOption.APPEND);
      Path roles = node.configuration().resolve("users_roles");
      Files.writeString(roles, name + ":" + name + "\n", StandardOpenOption.APPEND);
    }
  }

  @AfterAll
  static void stop() {
    if (browser != null) {
      browser.close();
    }
    if (cluster != null) {
      admin.close();
      cluster.close();
    }
  }

  private static Tab as(String user) {
    return new Tab(
        browser.context(Browser.desktop().setHttpCredentials(new HttpCredentials(user, PASSWORD))),
        cluster.http());
  }

  @Test
  void strangersAreAskedWhoTheyAre() {
    try (HttpJson stranger = new HttpJson(cluster.http())) {
      for (String path :
          List.of("/_sightline/app/", "/_sightline/thumbnail/pictures/1?field=photo")) {
        HttpJson.Reply reply = stranger.send("GET", path, null);
        assertEquals(401, reply.status());
        assertEquals(
            true,
            reply.headers().allValues("WWW-Authenticate").stream()
                .anyMatch(way -> way.startsWith("Basic")));
      }
    }
  }

  @Test
  void whoMayReadSearchesWithoutFurtherPrivileges() {
    try (Tab tab = as("reader").open("/start")) {
      assertThat(tab.page().locator(".card")).hasCount(1);
      tab.page().locator(".card-open").click();
      tab.awaitSummary("20 pictures");
      tab.search().fill(PICTURES.get(3).name());
      tab.awaitSummary("20 pictures, the nearest first");
      tab.awaitThumbnails();
      tab.screenshot("secured");
      // the list of models is not theirs, so the model's id is typed
      tab.turn("Rerank");
      Locator model = tab.page().getByLabel("Model that reranks");
      model.fill("emoji-blip");
      model.press("Enter");
      assertThat(tab.page().locator("ol.ranking")).hasCount(2);
      tab.page().locator("ol.ranking button").first().click();
      assertThat(tab.page().locator("dl.fields")).isVisible();
      tab.page()
          .getByLabel("Model", new Page.GetByLabelOptions().setExact(true))
          .first()
          .fill("emoji-blip");
      tab.button("Describe it").click();
      assertThat(tab.page().locator(".result").first()).containsText("You may not call models");
      tab.page().keyboard().press("Escape");
    }
    try (Tab tab = as("reader").open("/models")) {
      assertThat(tab.page().locator("main")).containsText("You may not see models and statistics");
    }
    try (Tab tab = as("reader").open("/search?index=secret")) {
      assertThat(tab.page().locator(".error").first()).containsText("unauthorized");
    }
  }

  @Test
  void hiddenDocumentsAndPicturesStayHidden() {
    try (Tab tab = as("even").open("/search?index=pictures")) {
      tab.awaitSummary("10 pictures");
      tab.awaitThumbnails();
    }
    String odd = PICTURES.get(1).id();
    try (HttpJson even = new HttpJson(cluster.http(), "even", PASSWORD);
        HttpJson reader = new HttpJson(cluster.http(), "reader", PASSWORD);
        HttpJson blind = new HttpJson(cluster.http(), "blind", PASSWORD)) {
      String path = "/_sightline/thumbnail/pictures/" + odd + "?field=photo";
      assertEquals(200, reader.send("GET", path, null).status());
      // made and kept for one user, it is not there for another
      assertEquals(404, even.send("GET", path, null).status());
      assertEquals(404, blind.send("GET", path, null).status());
      String secret = "/_sightline/thumbnail/secret/" + odd + "?field=photo";
      assertEquals(403, reader.send("GET", secret, null).status());
      assertEquals(200, admin.send("GET", secret, null).status());
    }
    try (Tab tab = as("blind").open("/search?index=pictures")) {
      assertThat(tab.page().locator(".gaps")).containsText("No field with pictures was found");
      tab.awaitSummary("20 pictures");
    }
  }

  @Test
  void whoSeesNoIndexIsShownHowToBegin() {
    try (Tab tab = as("newcomer").open("")) {
      assertThat(tab.page().locator(".beginning")).containsText("No pictures yet");
      assertThat(tab.page().locator("pre")).containsText("PUT _ingest/pipeline/photos");
      tab.screenshot("beginning");
      tab.assertAccessible("beginning");
      tab.button("Load the emoji gallery").click();
      assertThat(tab.page().locator("main")).containsText("gallery-demo/gallery/noto.zip");
    }
  }
}
