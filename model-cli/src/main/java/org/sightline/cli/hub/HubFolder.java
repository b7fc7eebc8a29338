package org.sightline.cli.hub;

import java.nio.file.Path;
import org.sightline.runtime.bundle.BundleManifest;

/** A folder of transformers' files, graphs in {@code onnx}. */
final class HubFolder implements FolderLayout {
  private final Path folder;

  HubFolder(Path folder) {
    this.folder = folder;
  }

  private HubJson model() {
    return HubJson.read(folder, "config.json");
  }

  @Override
  public Derived derive(ImportOptions options) {
    HubJson model = model();
    Family family = Family.of(model);
    return new Derived(
        family.id(),
        ImageRules.read(family, HubJson.read(folder, "preprocessor_config.json"), model),
        TextRules.read(family, folder, model),
        family.logitScale(options),
        family.logitBias(options));
  }

  @Override
  public GraphFiles graphs(String precision) {
    return GraphFiles.find(folder, precision);
  }

  @Override
  public GraphRoles roles(Path fresh, GraphFiles graphs) {
    HubJson model = model();
    return GraphRoles.read(Family.of(model), fresh, graphs, model);
  }

  @Override
  public Path tokenizer() {
    return HubFiles.require(folder, BundleManifest.TOKENIZER);
  }
}
