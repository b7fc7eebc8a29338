package org.sightline.plugin.store;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.rest.RestStatus;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;
import org.sightline.plugin.store.ModelStore.Answer;
import org.sightline.plugin.store.ModelStore.Result;
import org.sightline.plugin.store.StoredModel.Part;

/** What became of a change of the cluster's models. */
public final class StoreResponse extends ActionResponse implements ToXContentObject {
  /** Null for a change that is only acknowledged. */
  private final Answer answer;

  StoreResponse(Answer answer) {
    this.answer = answer;
  }

  /** As other APIs answer: 201 for what is new, 202 for what is not done yet. */
  public RestStatus status() {
    if (answer == null) {
      return RestStatus.OK;
    }
    return switch (answer.result()) {
      case CREATED -> RestStatus.CREATED;
      case INCOMPLETE -> RestStatus.ACCEPTED;
      case UPDATED, NOOP -> RestStatus.OK;
    };
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    if (answer == null) {
      return builder.field("acknowledged", true).endObject();
    }
    builder.field("model_id", answer.model().id());
    builder.field("version", answer.model().version());
    builder.field("result", answer.result().name().toLowerCase(Locale.ROOT));
    if (answer.result() == Result.INCOMPLETE) {
      builder.field("part_bytes", answer.model().partBytes());
      missing(builder);
    }
    return builder.endObject();
  }

  private void missing(XContentBuilder builder) throws IOException {
    Map<String, List<Integer>> files = new LinkedHashMap<>();
    for (Part part : answer.missing()) {
      files.computeIfAbsent(part.sha256(), sha256 -> new ArrayList<>()).add(part.number());
    }
    Map<String, String> names = answer.model().names();
    builder.startArray("missing");
    for (Map.Entry<String, List<Integer>> file : files.entrySet()) {
      String name = names.get(file.getKey());
      builder.startObject();
      builder.field("file", name);
      builder.field("sha256", file.getKey());
      builder.field("bytes", answer.model().manifest().files().get(name).bytes());
      builder.field("parts", file.getValue());
      builder.endObject();
    }
    builder.endArray();
  }

  @Override
  public void writeTo(StreamOutput out) {
    TransportAction.localOnly();
  }
}
