package org.sightline.plugin.action;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.elasticsearch.test.ESTestCase;
import org.sightline.plugin.transport.GoldenBytes;
import org.sightline.plugin.transport.PerNodeRequest;
import org.sightline.query.WireFormat;
import org.sightline.runtime.inference.InferenceException;
import org.sightline.runtime.inference.ModelInfo;
import org.sightline.runtime.inference.Role;
import org.sightline.runtime.model.ModelStatus;

public class NodeModelsTests extends ESTestCase {

  private static PerNodeRequest request(WireFormat format) {
    return new PerNodeRequest(GoldenBytes.nodes(format));
  }

  public void testGoldenBytesOfRequests() throws IOException {
    ModelsRequest.Node read =
        GoldenBytes.of("models_request")
            .check(
                format -> new ModelsRequest.Node(GoldenBytes.nodes(format), "emoji-clip"),
                ModelsRequest.Node::new);
    assertEquals("emoji-clip", read.modelId());
  }

  public void testGoldenBytesOfModels() throws IOException {
    ModelInfo info =
        new ModelInfo(
            "emoji-clip",
            "ab".repeat(32),
            "clip",
            "a description",
            "Apache-2.0",
            64,
            2,
            "cosine",
            100f,
            -10f,
            Set.of(Role.TEXT_EMBEDDING));
    List<ModelStatus> models =
        List.of(
            new ModelStatus(
                "emoji-clip",
                ModelStatus.State.LOADED,
                null,
                info,
                info.version(),
                1234,
                Map.of("text.onnx", "cuda:0")),
            ModelStatus.broken("other", "[id] is missing"));
    NodeModels read =
        GoldenBytes.of("models_response")
            .after(GoldenBytes.elasticsearchResponse())
            .check(
                format -> new NodeModels(GoldenBytes.node(format), request(format), models),
                in -> new NodeModels(in, null));
    assertEquals(models, read.models());
    assertNull(read.failure());
  }

  public void testGoldenBytesOfAFailure() throws IOException {
    InferenceException failure =
        new InferenceException(InferenceException.Kind.UNKNOWN_MODEL, "no model [x]");
    NodeModels read =
        GoldenBytes.of("models_failure_response")
            .after(GoldenBytes.elasticsearchResponse())
            .check(
                format -> new NodeModels(GoldenBytes.node(format), request(format), failure),
                in -> new NodeModels(in, null));
    assertEquals(failure.kind(), read.failure().kind());
    assertEquals(failure.getMessage(), read.failure().getMessage());
  }
}
