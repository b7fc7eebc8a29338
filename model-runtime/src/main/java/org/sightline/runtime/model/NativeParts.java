package org.sightline.runtime.model;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.sightline.runtime.batch.RoleGraph;
import org.sightline.runtime.bundle.Bundle;
import org.sightline.runtime.bundle.BundleException;
import org.sightline.runtime.bundle.BundleManifest;
import org.sightline.runtime.bundle.RoleSpec;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.limits.RunSizes;
import org.sightline.runtime.onnx.GraphCheck;
import org.sightline.runtime.onnx.OnnxFile;
import org.sightline.runtime.onnx.OnnxSession;
import org.sightline.runtime.onnx.Runs;
import org.sightline.runtime.onnx.SessionSettings;
import org.sightline.runtime.text.TextTokenizer;

/**
 * The native things of one model: a session for each graph file and the tokenizer. Owned by whoever
 * opened them, who closes them.
 */
public final class NativeParts implements AutoCloseable {
  private final BundleManifest manifest;
  private final Map<String, OnnxSession> sessions = new HashMap<>();
  private final Set<String> mixing = new HashSet<>();
  private TextTokenizer tokenizer;

  private NativeParts(BundleManifest manifest) {
    this.manifest = manifest;
  }

  /**
   * Verifies a bundle's files, opens them and compares them with the manifest. Whatever was opened
   * is closed again when something does not fit.
   *
   * @param runs gets the runs of all sessions
   */
  public static NativeParts open(Bundle bundle, SessionSettings settings, int maxBatch, Runs runs) {
    bundle.verify();
    NativeParts parts = new NativeParts(bundle.manifest());
    bundle.manifest().roles().values().stream()
        .map(RoleSpec::file)
        .distinct()
        .forEach(file -> parts.look(bundle, file));
    try {
      if (bundle.manifest().text() != null) {
        parts.tokenizer =
            TextTokenizer.open(bundle.file(BundleManifest.TOKENIZER), bundle.manifest().text());
        parts.tokenizer.requireBoundedTime();
      }
      for (RoleSpec role : bundle.manifest().roles().values()) {
        if (!parts.sessions.containsKey(role.file())) {
          int threads = threads(bundle.manifest(), role.file(), settings, maxBatch);
          Path graph = bundle.file(role.file());
          parts.sessions.put(
              role.file(), OnnxSession.open(graph, threads, settings.device(), runs));
        }
      }
      parts.check();
      return parts;
    } catch (RuntimeException | Error e) {
      parts.close();
      throw e;
    }
  }

  /** Whether a role's inputs come in numbers, so that several runs at the same time have work. */
  static boolean runsSideBySide(Role role) {
    return switch (role) {
      case IMAGE_EMBEDDING, IMAGE_TOKENS, MATCHING -> true;
      case TEXT_EMBEDDING, TEXT_FEATURES, CAPTION_DECODER -> false;
    };
  }

  /** Threads of one run: all of them for texts and captions, else those of {@link RunSizes}. */
  private static int threads(
      BundleManifest manifest, String file, SessionSettings settings, int maxBatch) {
    boolean sideBySide =
        manifest.roles().entrySet().stream()
            .filter(role -> role.getValue().file().equals(file))
            .allMatch(role -> runsSideBySide(role.getKey()));
    return sideBySide ? RunSizes.of(settings, maxBatch).threads() : settings.threads();
  }

  /** A graph that names a file elsewhere would read it, whatever it is. */
  private void look(Bundle bundle, String graph) {
    OnnxFile file = OnnxFile.read(bundle.file(graph), graph);
    if (file.mixesInputs()) {
      mixing.add(graph);
    }
    for (String location : file.locations()) {
      if (bundle.manifest().files().containsKey(location) == false) {
        throw new BundleException(
            "the graph ["
                + graph
                + "] keeps weights in ["
                + location
                + "], allowed are the bundle's files "
                + bundle.manifest().files().keySet());
      }
    }
  }

  private void check() {
    for (Map.Entry<Role, RoleSpec> role : manifest.roles().entrySet()) {
      GraphCheck.check(manifest, role.getKey(), sessions.get(role.getValue().file()));
    }
    for (Role reader : new Role[] {Role.MATCHING, Role.CAPTION_DECODER}) {
      Optional<RoleSpec> spec = manifest.role(reader);
      if (spec.isPresent()) {
        RoleSpec producer = manifest.role(Role.IMAGE_TOKENS).orElseThrow();
        GraphCheck.checkTokens(
            manifest, sessions.get(producer.file()), reader, sessions.get(spec.get().file()));
      }
    }
  }

  public BundleManifest manifest() {
    return manifest;
  }

  /** What each graph file really runs on. */
  SortedMap<String, String> devices() {
    SortedMap<String, String> devices = new TreeMap<>();
    sessions.forEach((file, session) -> devices.put(file, session.device().toString()));
    return devices;
  }

  /** Null where no role takes text. */
  public TextTokenizer tokenizer() {
    return tokenizer;
  }

  /** The graph of a role, or null where the model has no such role. */
  public RoleGraph graph(Role role) {
    return manifest
        .role(role)
        .map(spec -> new RoleGraph(sessions.get(spec.file()), spec, mixing.contains(spec.file())))
        .orElse(null);
  }

  @Override
  public void close() {
    if (tokenizer != null) {
      tokenizer.decRef();
    }
    sessions.values().forEach(OnnxSession::decRef);
  }
}
