package org.sightline.faults;

/** What a scenario may have counted. */
public enum Column {
  DONE("what was done"),
  FAILED("failed"),
  LOST("documents lost"),
  WITHOUT_VECTOR("without vector"),
  REFUSED("429"),
  FAILOVERS("failovers"),
  RECOVERY("recovery"),
  HEAP("peak heap, of limit"),
  MEMORY("native memory");

  private final String title;

  Column(String title) {
    this.title = title;
  }

  /** The column's head. */
  public String title() {
    return title;
  }
}
