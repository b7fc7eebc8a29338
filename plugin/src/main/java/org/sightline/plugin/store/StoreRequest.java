package org.sightline.plugin.store;

import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.action.support.TransportAction;
import org.elasticsearch.common.bytes.BytesReference;
import org.elasticsearch.common.io.stream.StreamOutput;

/** Changes the models of the cluster. Served by the node that receives it, never sent on. */
public final class StoreRequest extends UntypedActionRequest {
  private final String modelId;
  private final BytesReference body;
  private final boolean zip;
  private final String sha256;
  private final int part;

  private StoreRequest(String modelId, BytesReference body, boolean zip, String sha256, int part) {
    this.modelId = modelId;
    this.body = body;
    this.zip = zip;
    this.sha256 = sha256;
    this.part = part;
  }

  /**
   * @param body a manifest, or a zip of a bundle; the caller keeps it until the answer
   */
  public static StoreRequest model(String modelId, BytesReference body, boolean zip) {
    return new StoreRequest(modelId, body, zip, null, 0);
  }

  /**
   * @param sha256 of the whole file
   * @param part number of the part, from 0
   * @param body its bytes; the caller keeps them until the answer
   */
  public static StoreRequest part(String modelId, String sha256, int part, BytesReference body) {
    return new StoreRequest(modelId, body, false, sha256, part);
  }

  /** Removes a model. */
  public static StoreRequest delete(String modelId) {
    return new StoreRequest(modelId, null, false, null, 0);
  }

  String modelId() {
    return modelId;
  }

  BytesReference body() {
    return body;
  }

  boolean zip() {
    return zip;
  }

  String sha256() {
    return sha256;
  }

  int part() {
    return part;
  }

  @Override
  public void writeTo(StreamOutput out) {
    TransportAction.localOnly();
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }
}
