package org.sightline.plugin.store;

import org.elasticsearch.action.ActionListener;
import org.elasticsearch.action.ActionResponse;
import org.elasticsearch.action.ActionType;
import org.elasticsearch.action.support.ActionFilters;
import org.elasticsearch.action.support.HandledTransportAction;
import org.elasticsearch.common.util.concurrent.EsExecutors;
import org.elasticsearch.injection.guice.Inject;
import org.elasticsearch.tasks.Task;
import org.elasticsearch.transport.TransportService;

/** Receives what other nodes tell of their models. */
public final class AnnounceAction
    extends HandledTransportAction<Announcement, ActionResponse.Empty> {
  public static final ActionType<ActionResponse.Empty> TYPE =
      new ActionType<>("internal:sightline/models/announce");

  private final Announcements announcements;

  @Inject
  public AnnounceAction(
      TransportService transportService, ActionFilters actionFilters, Announcements announcements) {
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
