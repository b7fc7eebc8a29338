package org.sightline.parts;

import java.io.IOException;
import java.util.List;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.sightline.runtime.inference.Embedding;
import org.sightline.runtime.inference.InferenceInput;
import org.sightline.runtime.inference.InferenceInput.Image;
import org.sightline.runtime.inference.InferenceInput.Text;
import org.sightline.runtime.inference.Purpose;

/** A request for one embedding, from its input to its vector, and what is known already. */
public class EmbeddingParts {
  private static final long CACHE_BYTES = 64L << 20;

  /** Models that remember nothing. */
  @State(Scope.Thread)
  public static class Forgetful {
    private final Turns<Text> texts =
        new Turns<>(Captions.different(Material.INPUTS).stream().map(Text::new).toList());
    private final Turns<Image> pictures =
        new Turns<>(
            Material.gallery(Material.INPUTS).stream()
                .map(picture -> Image.of(picture.png()))
                .toList());
    private Turns<Image> photos;
    private Models models;

    /** Opens them. */
    @Setup
    public void open() throws IOException {
      photos = new Turns<>(Material.smallPhotos().stream().map(Image::of).toList());
      models = new Models(0, 0);
    }

    /** Closes them. */
    @TearDown
    public void close() {
      models.close();
    }
  }

  /** Models that know all texts and pictures already. */
  @State(Scope.Thread)
  public static class Knowing {
    private final Models models = new Models(CACHE_BYTES, 1000);
    private Turns<InferenceInput> texts;
    private Turns<InferenceInput> pictures;

    /** Embeds everything once; pictures are named by their digest alone from then on. */
    @Setup
    public void embedAll() {
      List<InferenceInput> asked =
          Captions.different(Material.INPUTS).stream().<InferenceInput>map(Text::new).toList();
      asked.forEach(text -> models.embed(Models.CLIP, text, Purpose.SEARCH));
      texts = new Turns<>(asked);
      List<Image> shown =
          Material.gallery(Material.INPUTS).stream()
              .map(picture -> Image.of(picture.png()))
              .toList();
      shown.forEach(image -> models.embed(Models.BLIP, image, Purpose.INGEST));
      pictures =
          new Turns<>(
              shown.stream().<InferenceInput>map(i -> Image.reference(i.digest())).toList());
    }

    /** Closes them. */
    @TearDown
    public void close() {
      models.close();
    }
  }

  /** {@link Parts#EMBED_TEXT}. */
  @Benchmark
  public Embedding text(Forgetful state) {
    return state.models.embed(Models.CLIP, state.texts.next(), Purpose.SEARCH);
  }

  /** {@link Parts#EMBED_PNG}. */
  @Benchmark
  public Embedding picture(Forgetful state) {
    return state.models.embed(Models.CLIP, state.pictures.next(), Purpose.INGEST);
  }

  /** {@link Parts#EMBED_JPEG}. */
  @Benchmark
  public Embedding photo(Forgetful state) {
    return state.models.embed(Models.CLIP, state.photos.next(), Purpose.INGEST);
  }

  /** {@link Parts#TEXT_CACHED}. */
  @Benchmark
  public Embedding knownText(Knowing state) {
    return state.models.embed(Models.CLIP, state.texts.next(), Purpose.SEARCH);
  }

  /** {@link Parts#FEATURES_MEMORY}. */
  @Benchmark
  public Embedding knownPicture(Knowing state) {
    return state.models.embed(Models.BLIP, state.pictures.next(), Purpose.INGEST);
  }
}
