package org.sightline.plugin.store;

import java.io.IOException;
import java.util.Set;
import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionRequestValidationException;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.UntypedActionRequest;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.HandledTransportAction;
import org.elasticsearch.cluster.node.DiscoveryNode;
import org.elasticsearch.common.io.stream.StreamInput;
import org.elasticsearch.common.io.stream.StreamOutput;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;
import org.sightline.query.WireFormat;

/** What an inference node tells the other nodes of its models. */
public final class Announcement extends UntypedActionRequest {
  /**
   * Models of a node.
   *
   * @param usable ids of those that requests may be sent for
   * @param inFolders ids of those that lie in folders of that node, usable or not
   * @param onCpu whether models are loaded and all of them run on the CPU, whatever the node had
   *     hoped for
   */
  record Models(Set<String> usable, Set<String> inFolders, boolean onCpu) {
    Models {
      usable = Set.copyOf(usable);
      inFolders = Set.copyOf(inFolders);
    }
  }

  private final WireFormat format;
  private final String process;
  private final long sequence;
  private final Models models;

  /**
   * @param receiver the node that the announcement is sent to
   * @param process ephemeral id of the node
   * @param sequence larger for what is said later
   */
  Announcement(DiscoveryNode receiver, String process, long sequence, Models models) {
    this.format = WireFormat.NEWEST.sharedWith(receiver);
    this.process = process;
    this.sequence = sequence;
    this.models = models;
  }

  Announcement(StreamInput in) throws IOException {
    super(in);
    format = WireFormat.read(in, "an announcement of models");
    process = in.readString();
    sequence = in.readVLong();
    models =
        new Models(
            in.readCollectionAsImmutableSet(StreamInput::readString),
            in.readCollectionAsImmutableSet(StreamInput::readString),
            in.readBoolean());
  }

  @Override
  public void writeTo(StreamOutput out) throws IOException {
    super.writeTo(out);
    format.write(out);
    out.writeString(process);
    out.writeVLong(sequence);
    out.writeStringCollection(models.usable());
    out.writeStringCollection(models.inFolders());
    out.writeBoolean(models.onCpu());
  }

  String process() {
    return process;
  }

  long sequence() {
    return sequence;
  }

  Models models() {
    return models;
  }

  @Override
  public ActionRequestValidationException validate() {
    return null;
  }

  /** Receives what other nodes tell of their models. */
  public static final class Action
      extends HandledTransportAction<Announcement, ActionResponse.Empty> {
    public static final ActionType<ActionResponse.Empty> TYPE =
        new ActionType<>("internal:sightline/models/announce");

    private final Announcements announcements;

    @Inject
    public Action(
        TransportService transportService,
        ActionFilters actionFilters,
        Announcements announcements) {
      super(
          TYPE.name(),
          transportService,
          actionFilters,
          Announcement::new,
          EsExecutors.DIRECT_EXECUTOR_SERVICE);
      this.announcements = announcements;
    }

    @Override
    protected void doExecute(
        Task task, Announcement announcement, ActionListener<ActionResponse.Empty> listener) {
      announcements.receive(announcement);
      listener.onResponse(ActionResponse.Empty.INSTANCE);
    }
  }
}
