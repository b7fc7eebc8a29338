package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Clusters that speak https with a certificate of their own. */
class PushTlsTest extends PushTestCase {
  private static final char[] PASSWORD = "changeit".toCharArray();
  private static final String ADVICE =
      "; give the authority's certificate with --ca (Elasticsearch keeps its own in"
          + " config/certs/http_ca.crt), and in --url a name that the certificate has";

  @TempDir private static Path keys;
  private static ClusterServer https;

  @BeforeAll
  static void certify() throws Exception {
    makeKey("cluster", "ip:127.0.0.1");
    makeKey("other", "ip:127.0.0.1");
    https = new ClusterServer(context("cluster"));
  }

  @AfterAll
  static void end() {
    https.close();
  }

  private static void makeKey(String name, String alternative) throws Exception {
    String options =
        "-keyalg EC -validity 2 -ext bc=ca:true -alias %1$s -dname CN=%1$s -ext san=%2$s";
    keytool(("-genkeypair " + String.format(Locale.ROOT, options, name, alternative)).split(" "));
    keytool("-exportcert", "-alias", name, "-rfc", "-file", certificate(name).toString());
  }

  private static void keytool(String... words) throws Exception {
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    line.addAll(Arrays.asList(words));
    line.addAll(List.of("-storetype", "PKCS12", "-storepass", new String(PASSWORD)));
    line.addAll(List.of("-keystore", keys.resolve("keys.p12").toString()));
    Process process = new ProcessBuilder(line).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), said);
  }

  private static Path certificate(String name) {
    return keys.resolve(name + ".crt");
  }

  private static SSLContext context(String alias) throws IOException, GeneralSecurityException {
    KeyStore all = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(keys.resolve("keys.p12"))) {
      all.load(in, PASSWORD);
    }
    KeyStore one = KeyStore.getInstance("PKCS12");
    one.load(null, null);
    one.setKeyEntry(alias, all.getKey(alias, PASSWORD), PASSWORD, all.getCertificateChain(alias));
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(one, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    return context;
  }

  private Result pushWith(Path certificates) {
    return pushTo(https.address(), "--wait", "0", "--ca", certificates.toString());
  }

  @Test
  void theGivenAuthorityIsTrusted() throws IOException {
    https.models.clear();
    environment.put("SIGHTLINE_API_KEY", "a2V5");
    Result result = pushWith(certificate("cluster"));
    assertDone(result);
    assertEquals(bundle.manifest().files().keySet(), https.models.get(ID).keySet());
    assertEquals("ApiKey a2V5", https.requests.get(0).authorization());
    // several certificates in one file, as after an exchange of the authority
    Path both = keys.resolve("both.crt");
    Files.writeString(
        both, Files.readString(certificate("other")) + Files.readString(certificate("cluster")));
    assertEquals(SightlineModels.OK, pushWith(both).code());
  }

  @Test
  void othersAreNot() {
    placeholders.put(https.address(), "HTTPS");
    https.requests.clear();
    String start = "error: the certificate of [HTTPS] is not accepted: ";
    for (Result result :
        List.of(
            pushWith(certificate("other")),
            pushTo(https.address()),
            // the right authority, of a certificate that has another name
            pushTo(
                "https://localhost:" + https.port(), "--ca", certificate("cluster").toString()))) {
      assertEquals(SightlineModels.FAILED, result.code());
      assertTrue(
          result.err().startsWith(start.replace("HTTPS", "https://localhost:" + https.port()))
              || result.err().startsWith(start),
          result::err);
      assertEnds(ADVICE + "\n", result.err());
    }
    // nobody asks a second time, nor says a word
    assertEquals(List.of(), waits);
    assertEquals(List.of(), https.requests);
  }

  @Test
  void whatIsNoCertificateIsRefused() throws IOException {
    Path text = Files.writeString(temporary.resolve("ca.crt"), "-----BEGIN CERTIFICATE-----\nx\n");
    assertStarts("error: [TMP/ca.crt] holds no certificates in PEM: ", pushWith(text).err());
    Path empty = Files.writeString(temporary.resolve("empty.crt"), "");
    assertFailed("[TMP/empty.crt] holds no certificate", pushWith(empty));
    assertRefused(
        "certificates are for https: the cluster's address must begin with it, got [CLUSTER]",
        push("--ca", certificate("cluster").toString()));
  }

  @Test
  void aClusterWithTlsAskedWithoutIsHinted() {
    Result result = pushTo("http://127.0.0.1:" + https.port());
    assertEquals(SightlineModels.FAILED, result.code());
    assertEnds("; if the cluster speaks https, give --url https://…\n", result.err());
  }
}
