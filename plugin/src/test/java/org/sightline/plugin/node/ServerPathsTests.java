package org.sightline.plugin.node;

import java.io.IOException;
import org.elasticsearch.common.settings.Settings;
import org.elasticsearch.env.Environment;
import org.elasticsearch.env.TestEnvironment;
import org.elasticsearch.test.ESTestCase;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.InferenceException.Kind;

public class ServerPathsTests extends ESTestCase {
  private final Environment environment =
      TestEnvironment.newEnvironment(
          Settings.builder().put("path.home", createTempDir().toString()).build());
  private final ServerPaths paths = ServerPaths.of(environment);

  public void testPathsBelowANodesFoldersBeginThere() {
    String config = environment.configDir().toString();
    String data = environment.dataDirs()[0].toString();
    assertEquals(
        "[sightline/models/m/model.json] is no file",
        paths.hide("[" + config + "/sightline/models/m/model.json] is no file"));
    assertEquals(
        "the disk of [sightline/models] has room for [3], see https://example.com/a/b",
        paths.hide(
            "the disk of ["
                + data
                + "/sightline/models] has room for [3], see https://example.com/a/b"));
    assertEquals("[.] is full", paths.hide("[" + data + "] is full"));
    assertNull(paths.hide((String) null));
  }

  public void testCausesAreLeftOutWhereTheyHaveAPath() {
    IOException cause = new IOException(environment.tmpDir() + "/lib.so: no such file");
    InferenceException hidden =
        paths.hide(new InferenceException(Kind.MODEL_UNAVAILABLE, "no library", cause));
    assertEquals(Kind.MODEL_UNAVAILABLE, hidden.kind());
    assertEquals("no library", hidden.getMessage());
    assertNull(hidden.getCause());
    InferenceException other =
        new InferenceException(Kind.INTERNAL, "failed", new IOException("no reason"));
    assertSame(other, paths.hide(other));
  }
}
