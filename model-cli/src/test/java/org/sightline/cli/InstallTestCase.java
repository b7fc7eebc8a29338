package org.sightline.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.sightline.cli.hub.HubFiles.names;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.sightline.testsupport.web.HubServer;

/** The command {@code install} with a hub that has one repository. */
abstract class InstallTestCase extends CommandTestCase {
  final HubServer hub;

  InstallTestCase(String repository) {
    hub = new HubServer(repository);
    placeholders.put(hub.address(), "HUB");
    placeholders.put(HubServer.COMMIT, "COMMIT");
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  Path downloads() {
    return temporary.resolve("config/models-downloads");
  }

  /** The command succeeded, the model is the only one there and verifies, nothing else is left. */
  void assertInstalled(Result result, String id) {
    assertDone(result);
    assertContains("installed to TMP/config/models/" + id + "\n", result.out());
    assertEquals(List.of(id), names(models()));
    assertEquals(List.of(), names(downloads()));
    assertDone(run("verify", id));
  }

  /** The command was refused with that message, and no model is there. */
  void assertRefused(String message, Result result) {
    assertFailed(message, result);
    assertEquals("", result.out());
    assertEquals(List.of(), names(models()));
  }
}
