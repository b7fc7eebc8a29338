package org.sightline.integration.page;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.sightline.testsupport.gallery.Picture;

/** What the node answers for the page and for thumbnails, without a browser. */
@ExtendWith(PageExtension.class)
class AppFilesIT {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private static HttpResponse<byte[]> get(PageNode node, String path, String... headers)
      throws IOException, InterruptedException {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(node.client().node() + path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return HTTP.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("");
  }

  private static List<String> names(String html) {
    List<String> names = new ArrayList<>();
    Matcher matcher = Pattern.compile("(?:src|href)=\"([^\"]+)\"").matcher(html);
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  @Test
  void theAddressWithoutSlashLeadsToThePage(PageNode node) throws Exception {
    HttpResponse<byte[]> response = get(node, "/_sightline/app");
    assertEquals(302, response.statusCode());
    assertEquals("app/", header(response, "Location"));
  }

  @Test
  void theIndexIsAskedForAgainAndItsFilesNever(PageNode node) throws Exception {
    HttpResponse<byte[]> index = get(node, "/_sightline/app/");
    assertEquals(200, index.statusCode());
    assertEquals("text/html; charset=UTF-8", header(index, "Content-Type"));
    assertEquals("private, no-cache", header(index, "Cache-Control"));
    String policy = header(index, "Content-Security-Policy");
    for (String rule :
        List.of(
            "default-src 'self'",
            "style-src 'self';",
            "img-src 'self' blob: data:;",
            "connect-src 'self'",
            "frame-ancestors 'none'",
            "require-trusted-types-for 'script'")) {
      assertTrue(policy.contains(rule), policy);
    }
    assertTrue(policy.matches(".*script-src 'self' 'sha256-[A-Za-z0-9+/]{43}=';.*"), policy);
    HttpResponse<byte[]> again =
        get(node, "/_sightline/app/", "If-None-Match", header(index, "ETag"));
    assertEquals(304, again.statusCode());
    assertEquals(0, again.body().length);
    List<String> names = names(new String(index.body(), StandardCharsets.UTF_8));
    assertTrue(names.size() > 20, names::toString);
    for (String name : names) {
      HttpResponse<byte[]> file = get(node, "/_sightline/app/" + name);
      assertEquals(200, file.statusCode(), name);
      assertEquals("public, max-age=31536000, immutable", header(file, "Cache-Control"), name);
      assertEquals("nosniff", header(file, "X-Content-Type-Options"), name);
    }
  }

  @Test
  void nothingElseOfTheJarIsServed(PageNode node) throws Exception {
    for (String name : List.of("main.js", "index.html", "README.md", "..%2fApp.class", "%2e%2e")) {
      assertEquals(404, get(node, "/_sightline/app/" + name).statusCode(), name);
    }
  }

  private static String thumbnail(PageNode node, String parameters) {
    Picture heart = node.gallery().named("red heart");
    return "/_sightline/thumbnail/" + PageNode.INDEX + "/" + heart.id() + "?" + parameters;
  }

  @Test
  void aThumbnailIsAJpegThatIsAskedForAgain(PageNode node) throws Exception {
    HttpResponse<byte[]> first = get(node, thumbnail(node, "field=photo&size=128"));
    assertEquals(200, first.statusCode());
    assertEquals("image/jpeg", header(first, "Content-Type"));
    assertEquals("private, no-cache", header(first, "Cache-Control"));
    assertEquals((byte) 0xFF, first.body()[0]);
    HttpResponse<byte[]> again =
        get(
            node,
            thumbnail(node, "field=photo&size=128&version=1.1"),
            "If-None-Match",
            header(first, "ETag"));
    assertEquals(304, again.statusCode());
    assertEquals("private, max-age=3600", header(again, "Cache-Control"));
    HttpResponse<byte[]> other =
        get(node, thumbnail(node, "field=photo&size=256"), "If-None-Match", header(first, "ETag"));
    assertEquals(200, other.statusCode());
  }

  private static void assertRefused(PageNode node, int status, String path, String reason)
      throws Exception {
    HttpResponse<byte[]> response = get(node, path);
    String body = new String(response.body(), StandardCharsets.UTF_8);
    assertEquals(status, response.statusCode(), body);
    assertTrue(body.contains(reason), body);
  }

  @Test
  void whatCannotBeShownIsNamed(PageNode node) throws Exception {
    String id = node.gallery().named("red heart").id();
    String document = "document [" + id + "] of [pictures]: ";
    assertRefused(node, 400, thumbnail(node, "size=128"), "[field] is missing");
    assertRefused(
        node, 400, thumbnail(node, "field=photo&size=9"), "[size] must be from 16 to 512");
    assertRefused(node, 400, thumbnail(node, "field=photo&colour=1"), "[colour]");
    assertRefused(node, 400, thumbnail(node, "field=group"), document + "[group] is not an image");
    assertRefused(node, 404, thumbnail(node, "field=other"), document + "[other] has 0 pictures");
    assertRefused(
        node, 404, thumbnail(node, "field=photo&offset=1"), document + "[photo] has 1 pictures");
    assertRefused(
        node,
        404,
        "/_sightline/thumbnail/pictures/nobody?field=photo",
        "index [pictures] has no document [nobody]");
    assertRefused(
        node, 404, "/_sightline/thumbnail/nowhere/1?field=photo", "no such index [nowhere]");
  }
}
