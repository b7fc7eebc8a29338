package org.sightline.testsupport.load;

import java.lang.management.ManagementFactory;
import javax.management.JMException;
import javax.management.ObjectName;

/** Heap that threads allocate, garbage included. */
public final class Allocated {
  private Allocated() {}

  /** Bytes that the calling thread has allocated since it began. */
  public static long byThisThread() {
    try {
      // by name: the interface with a method for it belongs to the JDK, not to Java
      ObjectName threads = new ObjectName(ManagementFactory.THREAD_MXBEAN_NAME);
      return (Long)
          ManagementFactory.getPlatformMBeanServer()
              .getAttribute(threads, "CurrentThreadAllocatedBytes");
    } catch (JMException e) {
      throw new IllegalStateException(e);
    }
  }
}
