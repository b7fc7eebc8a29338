package org.sightline.plugin.action;

import java.io.IOException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.xcontent.ToXContentObject;
import org.elasticsearch.xcontent.XContentBuilder;

/** Results in the order of the inputs. Stays on the node that asked. */
public final class ApiResponse<A> extends ActionResponse implements ToXContentObject {
  private final A answer;
  private final OutcomeContent.Write<A> fields;

  /**
   * @param fields writes the fields of the JSON object
   */
  ApiResponse(A answer, OutcomeContent.Write<A> fields) {
    this.answer = answer;
    this.fields = fields;
  }

  public A answer() {
    return answer;
  }

  @Override
  public void writeTo(StreamOutput out) {
    TransportAction.localOnly();
  }

  @Override
  public XContentBuilder toXContent(XContentBuilder builder, Params params) throws IOException {
    builder.startObject();
    fields.write(builder, answer);
    return builder.endObject();
  }
}
