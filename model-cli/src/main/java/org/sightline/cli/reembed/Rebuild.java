package org.sightline.cli.reembed;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import org.sightline.cli.cluster.Document;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.web.Addresses;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;

/**
 * Rebuilds an index: passes over what changed since the pass before, until next to nothing did,
 * then compares both indices and moves the alias.
 */
public final class Rebuild {
  /** Passes before the last one: writes that come faster than they are copied need an end. */
  private static final int PASSES = 20;

  /** So few changes are copied while writes are refused. */
  private static final long FEW = 100;

  private static final int SHOWN_FAILURES = 100;

  private final Indices indices;
  private final Options options;
  private final Plan plan;
  private final Progress progress;
  private final PrintStream out;
  private final Copy copy;

  /** Number of the operation up to which all documents were looked at. */
  private long done = -1;

  private Rebuild(Indices indices, Options options, Plan plan, Retries retries, PrintStream out) {
    this.indices = indices;
    this.options = options;
    this.plan = plan;
    this.progress = retries.progress();
    this.out = out;
    this.copy = new Copy(indices, plan, options, retries);
  }

  /**
   * Rebuilds an index.
   *
   * @param retries how requests are repeated, and who is told how far it is
   * @param out takes what came of it
   * @throws TransferException when it cannot be done, or documents could not be embedded; the same
   *     command goes on from there
   */
  public static void run(ClusterClient cluster, Options options, Retries retries, PrintStream out) {
    Indices indices = new Indices(cluster, ClusterClient.Deed.REBUILD);
    Optional<Plan> plan = Plan.of(indices, options);
    if (plan.isEmpty()) {
      out.println(
          "no vector field of ["
              + options.index()
              + "] names another model than ["
              + options.model()
              + "] in its [meta]: nothing to do");
      return;
    }
    new Rebuild(indices, options, plan.get(), retries, out).run();
  }

  private void run() {
    requireAlias();
    requirePictures();
    plan.pipelines().put();
    create();
    progress.start(
        plan.source() + " -> " + plan.target(),
        Progress.Unit.DOCUMENTS,
        indices.count(plan.source()),
        indices.count(plan.target()));
    pass();
    for (int pass = 1; pass < PASSES && pass() > FEW; pass++) {
      progress.note("documents were written meanwhile, they are copied as well");
    }
    copy.removeWhatIsGone();
    if (options.alias() == null) {
      pass();
      finish();
      out.println(
          "["
              + plan.target()
              + "] has what ["
              + plan.source()
              + "] had. What is written to ["
              + plan.source()
              + "] from now on is copied when the command runs again.");
      return;
    }
    withoutWrites(
        () -> {
          pass();
          finish();
          plan.requireSameModel();
          moveAlias();
        });
    out.println(
        "["
            + options.alias()
            + "] is ["
            + plan.target()
            + "] now. ["
            + plan.source()
            + "] stays as it is and takes no writes: DELETE "
            + plan.source()
            + " when nobody needs it.");
  }

  private void requireAlias() {
    String alias = options.alias();
    if (alias == null) {
      return;
    }
    JsonObject holders =
        indices.find("/_alias/" + Addresses.segment(alias)).orElseGet(JsonObject::new);
    if (holders.size() == 0 && indices.find(Indices.path(alias)).isPresent()) {
      throw new TransferException(
          "[%1$s] is an index, and an alias cannot have its name. Run the command without --alias,"
              + " stop writing, run it again, and exchange both at once, which deletes the old index:"
              + " POST _aliases {\"actions\":[{\"add\":{\"index\":\"%2$s\",\"alias\":\"%1$s\"}},"
              + "{\"remove_index\":{\"index\":\"%1$s\"}}]}",
          alias, plan.target());
    }
    if (holders.size() > 1 || holders.size() == 1 && plan.alias(alias) == null) {
      throw new TransferException(
          "the alias [%s] belongs to %s: it moves from [%s] only where that alone has it",
          alias, holders.keySet(), plan.source());
    }
  }

  /** A pipeline that takes pictures out leaves nothing to embed. */
  private void requirePictures() {
    if (options.withoutPicture() || plan.pipelines().removesPictures() == false) {
      return;
    }
    JsonArray any = new JsonArray();
    plan.pipelines().pictures().forEach(picture -> any.add(plan.hasVector(picture)));
    JsonObject body = Indices.json("{'query':{'bool':{'minimum_should_match':1}}}");
    body.getAsJsonObject("query").getAsJsonObject("bool").add("should", any);
    JsonElement count =
        indices.ask("POST", Indices.path(plan.source()) + "/_count", body).get("count");
    if (count.getAsLong() > 0) {
      throw new TransferException(
          "documents of [%s] whose picture the pipeline took out (remove_binary), and that cannot be"
              + " embedded again: %s; index them anew, or leave them out with"
              + " --skip-without-picture",
          plan.source(), count);
    }
  }

  /** Makes the new index, or goes on with one that the same command made. */
  private void create() {
    Optional<JsonObject> there = indices.find(Indices.path(plan.target()));
    if (there.isEmpty()) {
      indices.ask("PUT", Indices.path(plan.target()), plan.body());
      requireNoAlias();
      return;
    }
    JsonElement made =
        there
            .map(answer -> answer.getAsJsonObject(plan.target()))
            .map(index -> index.getAsJsonObject("mappings").getAsJsonObject("_meta"))
            .map(meta -> meta.get(Plan.STATE))
            .orElse(null);
    if (plan.state().equals(made) == false) {
      throw new TransferException(
          "[%s] exists and is no rebuild of [%s] with this version of [%s]: delete it, or name"
              + " another one with --target",
          plan.target(), plan.source(), options.model());
    }
  }

  /** A template may give the index one, and searches would see both indices. */
  private void requireNoAlias() {
    String path = Indices.path(plan.target());
    JsonObject made = indices.ask("GET", path, null).getAsJsonObject(plan.target());
    if (made.getAsJsonObject("aliases").size() > 0) {
      indices.ask("DELETE", path, null);
      throw new TransferException(
          "an index template gives [%s] the aliases %s: choose a --target that it does not match",
          plan.target(), made.getAsJsonObject("aliases").keySet());
    }
  }

  /**
   * Copies what changed since the last pass.
   *
   * @return number of documents
   */
  private long pass() {
    long now = indices.checkpoint(plan.source(), plan.shards());
    long copied = copy.pass(done);
    done = now;
    return copied;
  }

  /** Both indices have the same documents, or it says what is missing. */
  private void finish() {
    progress.end();
    copy.forgetWhatIsGone();
    Map<Document, String> failures = copy.failures();
    failures.entrySet().stream()
        .limit(SHOWN_FAILURES)
        .forEach(failed -> out.println(failed.getKey().id() + "  " + failed.getValue()));
    if (failures.isEmpty() == false) {
      throw new TransferException(
          "documents of [%s] that are not in [%s]: %s, with the reasons above; mend or delete them"
              + " and run the same command again",
          plan.source(), plan.target(), failures.size());
    }
    long got = count(plan.target());
    if (got != count(plan.source()) - copy.leftOut()) {
      copy.removeWhatIsGone(); // what was removed in the last moments
      got = count(plan.target());
    }
    long expected = count(plan.source()) - copy.leftOut();
    if (got != expected) {
      throw new TransferException(
          "[%s] has %s documents, expected are %s: documents were written meanwhile, run the same"
              + " command again",
          plan.target(), got, expected);
    }
    out.println(
        "documents in ["
            + plan.target()
            + "]: "
            + got
            + (copy.leftOut() == 0 ? "" : ", left out without a picture: " + copy.leftOut()));
  }

  private long count(String index) {
    indices.refresh(index);
    return indices.count(index);
  }

  /** Nothing is written to the old index meanwhile, and nothing after that unless it fails. */
  private void withoutWrites(Runnable last) {
    Thread unblock = Thread.ofPlatform().unstarted(this::unblock);
    Runtime.getRuntime().addShutdownHook(unblock); // somebody may end the command meanwhile
    boolean moved = false;
    try {
      indices.ask("PUT", Indices.path(plan.source()) + "/_block/write", null);
      last.run();
      moved = true;
    } finally {
      if (moved == false) {
        unblock();
      }
      try {
        Runtime.getRuntime().removeShutdownHook(unblock);
      } catch (IllegalStateException e) {
        progress.note("ended"); // the process ends, and the hook does its work
      }
    }
  }

  private void unblock() {
    String unblocked = "{\"index.blocks.write\":null}";
    String path = Indices.path(plan.source()) + "/_settings";
    try {
      if (plan.isBlocked() == false) {
        indices.send("PUT", path, unblocked);
      }
    } catch (TransferException e) {
      out.println("[" + plan.source() + "] still refuses writes: PUT " + path + " " + unblocked);
    }
  }

  private void moveAlias() {
    JsonArray actions = new JsonArray();
    JsonObject before = plan.alias(options.alias());
    if (before != null) {
      actions.add(action("remove", plan.source(), new JsonObject()));
    }
    actions.add(
        action("add", plan.target(), before == null ? new JsonObject() : before.deepCopy()));
    JsonObject body = new JsonObject();
    body.add("actions", actions);
    indices.ask("POST", "/_aliases", body);
  }

  private JsonObject action(String what, String index, JsonObject fields) {
    fields.addProperty("index", index);
    fields.addProperty("alias", options.alias());
    JsonObject action = new JsonObject();
    action.add(what, fields);
    return action;
  }
}
