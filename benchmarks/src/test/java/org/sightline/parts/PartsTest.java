package org.sightline.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.VerboseMode;

class PartsTest {
  private static Set<String> parts() {
    return Arrays.stream(Parts.values())
        .map(part -> part.owner().getName() + "." + part.method())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyMethodThatIsMeasuredIsAPart() {
    Set<String> methods = new TreeSet<>();
    for (Parts part : Parts.values()) {
      for (Method method : part.owner().getMethods()) {
        if (method.isAnnotationPresent(Benchmark.class)) {
          methods.add(part.owner().getName() + "." + method.getName());
        }
      }
    }
    assertEquals(methods, parts());
    assertEquals(Parts.values().length, parts().size(), "two parts share a method");
    assertEquals(Parts.values().length, Parts.ids().size(), "two parts share a name");
  }

  @Test
  void theBuildWroteTheLoopOfEveryPart() {
    Set<String> written =
        BenchmarkList.defaultList()
            .getAll(
                OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
            .stream()
            .map(BenchmarkListEntry::getUsername)
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(parts(), written);
  }
}
