package org.sightline.cli.index;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.sightline.cli.cluster.BulkWriter;
import org.sightline.cli.cluster.Document;
import org.sightline.cli.cluster.Indices;
import org.sightline.cli.push.ClusterClient;
import org.sightline.cli.web.Progress;
import org.sightline.cli.web.Retries;
import org.sightline.cli.web.TransferException;

/** Brings an index up to what a folder of pictures has. */
public final class FolderIndex {
  private static final int SHOWN_FAILURES = 20;

  private final Indices indices;
  private final IndexOptions options;
  private final Retries retries;
  private final Progress progress;
  private final PrintStream out;
  private final long began = System.nanoTime();

  /** Pictures that are not in the index in their last version, by path, with the reason. */
  private final Map<String, String> failures = new TreeMap<>();

  private FolderIndex(
      ClusterClient cluster, IndexOptions options, Retries retries, PrintStream out) {
    this.indices = new Indices(cluster, ClusterClient.Deed.INDEX);
    this.options = options;
    this.retries = retries;
    this.progress = retries.progress();
    this.out = out;
  }

  /**
   * Indexes a folder.
   *
   * @param retries how requests are repeated, and who is told how far it is
   * @param out takes what is made, what came of it, and a search to begin with
   * @throws TransferException when it cannot be done, or pictures could not be indexed
   */
  public static void run(
      ClusterClient cluster, IndexOptions options, Retries retries, PrintStream out) {
    new FolderIndex(cluster, options, retries, out).run();
  }

  private void run() {
    FolderWalk walk = FolderWalk.of(options.folder());
    Optional<JsonObject> there = PictureIndex.find(indices, options.index());
    ModelChoice models = new ModelChoice(indices);
    String model =
        options.model() != null
            ? options.model()
            : there.flatMap(PictureIndex::modelOf).orElseGet(models::best);
    PictureIndex index =
        new PictureIndex(
            indices, options.index(), models.embedding(model), options.withoutPictures());
    if (options.rerank() != null) {
      requireReranks(models, model);
    }
    say(model);
    if (there.isPresent()) {
      index.requireFits(there.get());
    } else {
      index.create(out);
    }
    bring(walk, model);
    out.println("Search it:\n");
    String words = ModelChoice.EMOJI.contains(model) ? "a red heart" : "a dog on a beach";
    out.println(index.search(words, null));
    if (options.rerank() != null) {
      out.println("\nThe same, its best hits read again:\n");
      out.println(index.search(words, options.rerank()));
    }
    requireAll();
  }

  private void requireReranks(ModelChoice models, String model) {
    models.matching(options.rerank());
    if (options.withoutPictures() && options.rerank().equals(model) == false) {
      throw new TransferException(
          "[%s] cannot rerank without pictures that [%s] embedded: it never sees them; leave"
              + " --without-pictures or --rerank out, or name the same model twice",
          options.rerank(), model);
    }
  }

  private void say(String model) {
    out.println("model " + model + "\n");
    if (ModelChoice.EMOJI.contains(model)) {
      progress.note(
          "WARNING: the model ["
              + model
              + "] knows emoji and nothing else. Photographs get vectors that mean nothing.\n"
              + "WARNING: take a model for photographs (docs/choosing-a-model.md): sightline-models"
              + " install, then sightline-models push, then this command with another --index");
    }
  }

  /** What a document remembers of its file. */
  private record Known(Document document, String bytes, String modified) {
    boolean isOf(FoundFile file) {
      return Long.toString(file.bytes()).equals(bytes)
          && file.modified().toString().equals(modified);
    }
  }

  private void bring(FolderWalk walk, String model) {
    Map<String, Known> known = known();
    FirstLook look = new FirstLook();
    List<FoundFile> changed = new ArrayList<>();
    Set<String> present = new HashSet<>();
    long unchanged = 0;
    failures.putAll(walk.failures());
    for (FoundFile file : walk.files()) {
      Known before = known.get(file.path());
      try {
        boolean same = before != null && before.isOf(file);
        if (same || look.isPicture(file)) {
          present.add(file.path());
          if (same) {
            unchanged++;
          } else {
            changed.add(file);
          }
        }
      } catch (IOException e) {
        present.add(file.path());
        failures.put(file.path(), FolderWalk.reason(e));
      }
    }
    long removed = options.prune() ? prune(known, present, walk) : 0;
    Upload upload = new Upload(writer(), progress, options.shrink());
    progress.start(
        options.folder() + " -> " + options.index(),
        Progress.Unit.DOCUMENTS,
        unchanged + changed.size(),
        unchanged);
    upload.run(changed);
    progress.end();
    failures.putAll(upload.failures());
    indices.refresh(options.index());
    list();
    out.println(
        String.format(
            Locale.ROOT,
            "%d indexed, %d unchanged, %d removed, %d failed, %s; model %s, %.1f s%n",
            upload.indexed(),
            unchanged,
            removed,
            failures.size(),
            look.others(),
            model,
            (System.nanoTime() - began) / 1e9));
  }

  private BulkWriter writer() {
    return new BulkWriter(indices, options.index(), null, retries);
  }

  /** What is in the index, by path; documents without one are somebody else's. */
  private Map<String, Known> known() {
    indices.refresh(options.index());
    JsonArray fields = new JsonArray();
    fields.add(PictureFields.PATH);
    fields.add(PictureFields.BYTES);
    fields.add(PictureFields.MODIFIED);
    Map<String, Known> known = new HashMap<>();
    indices.list(
        options.index(),
        Indices.json("{'exists':{'field':'%s'}}", PictureFields.PATH),
        fields,
        page -> {
          for (Document document : page) {
            JsonElement source = document.answer().get("_source");
            String path = Indices.text(source.getAsJsonObject(), PictureFields.PATH);
            known.put(
                path,
                new Known(
                    document.bare(),
                    Indices.text(source.getAsJsonObject(), PictureFields.BYTES),
                    Indices.text(source.getAsJsonObject(), PictureFields.MODIFIED)));
          }
        });
    return known;
  }

  /** Removes documents whose file is gone, unless the folder seems to be another one. */
  private long prune(Map<String, Known> known, Set<String> present, FolderWalk walk) {
    if (walk.failures().isEmpty() == false) {
      progress.note("nothing is removed: parts of the folder cannot be read, see below");
      return 0;
    }
    if (known.isEmpty() == false && known.keySet().stream().noneMatch(present::contains)) {
      throw new TransferException(
          "--prune would remove all %s documents of [%s], for none of their files is in [%s]: is it"
              + " the folder that was indexed? If it is, delete the index",
          known.size(), options.index(), options.folder());
    }
    Map<String, Document> gone = new HashMap<>();
    known.forEach((path, before) -> gone.put(path, before.document()));
    gone.keySet().removeAll(present);
    failures.putAll(writer().remove(gone));
    return gone.size();
  }

  private void list() {
    failures.entrySet().stream()
        .limit(SHOWN_FAILURES)
        .forEach(failed -> out.println(failed.getKey() + "  " + failed.getValue()));
    if (failures.size() > SHOWN_FAILURES) {
      out.println("… and " + (failures.size() - SHOWN_FAILURES) + " more");
    }
  }

  private void requireAll() {
    if (failures.isEmpty() == false) {
      throw new TransferException(
          "files that are not in [%s]: %s, the first of them with their reasons above; the same"
              + " command tries them again and leaves out what is there",
          options.index(), failures.size());
    }
  }
}
