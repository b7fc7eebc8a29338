package org.sightline.integration.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.sightline.integration.Installation;
import org.sightline.integration.Walkthrough;
import org.sightline.testsupport.cluster.ClusterException;
import org.sightline.testsupport.cluster.Distribution;
import org.sightline.testsupport.cluster.ElasticsearchCluster;
import org.sightline.testsupport.cluster.HttpJson;
import org.sightline.testsupport.cluster.NodeSpec;

/** {@code docs/install.md}: what the installer says and asks, and what a wrong version does. */
class InstallIT {
  private static final Pattern ELASTICSEARCH =
      Pattern.compile("^elasticsearch\\.version=(.*)$", Pattern.MULTILINE);

  @TempDir private Path folder;

  @Test
  void thePluginIsInstalledAsThePageSays() throws IOException {
    Distribution distribution =
        Distribution.unpack(Installation.zip("elasticsearch.zip"), Installation.folder("install"));
    Walkthrough page =
        Walkthrough.of("docs/install.md", "Installing")
            .where(
                "file:///path/to/sightline.zip",
                Installation.zip("sightline.zip").toUri().toString());
    page.shows(distribution.script("echo y | " + page.script()));
    try (ElasticsearchCluster cluster =
        ElasticsearchCluster.of(distribution, "install", NodeSpec.small("installed"))) {
      cluster.start();
      try (HttpJson client = new HttpJson(cluster.http())) {
        assertEquals(2, page.ask(client).required("models").size());
      }
      cluster.node(0).stop();
      Path descriptor =
          distribution.home().resolve("plugins/sightline/plugin-descriptor.properties");
      String installed = Files.readString(descriptor);
      Matcher version = ELASTICSEARCH.matcher(installed);
      assertTrue(version.find());
      page.where("9.5.3 is running", version.group(1) + " is running");
      String older = version.replaceFirst("elasticsearch.version=9.5.2");
      page.shows(refusedByTheInstaller(distribution, older));
      Files.writeString(descriptor, older);
      page.shows(assertThrows(ClusterException.class, cluster::start).getMessage());
    }
    page.end();
    distribution.delete();
  }

  /** The installer reads the descriptor before anything else of a zip. */
  private String refusedByTheInstaller(Distribution distribution, String descriptor)
      throws IOException {
    Path zip = folder.resolve("older.zip");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(zip))) {
      out.putNextEntry(new ZipEntry("plugin-descriptor.properties"));
      out.write(descriptor.getBytes(StandardCharsets.UTF_8));
    }
    return assertThrows(ClusterException.class, () -> distribution.installPlugin(zip)).getMessage();
  }
}
