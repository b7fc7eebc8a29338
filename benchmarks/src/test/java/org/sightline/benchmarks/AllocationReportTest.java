package org.sightline.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.sightline.benchmarks.AllocationProfile.Share;

class AllocationReportTest {
  @Test
  void everyOperationHasItsShareOfTheWhole() {
    AllocationReport report = new AllocationReport("a model");
    report.add(
        "picture",
        10,
        new AllocationProfile(
            40_000_000,
            List.of(new Share("Ours.read:1", 0.5), new Share("Ours.write:2", 0.1)),
            List.of(new Share("their.Place.go:3", 0.4))));
    report.add("search", 4, new AllocationProfile(8_000, List.of(), List.of()));
    assertEquals(
        """
        a model

        | one operation | allocated | by our own code |
        |---|---|---|
        | picture | 4.00 MB | 2.40 MB |
        | search | 2.00 kB | 0.00 B |

        picture:
        - ours: 2.00 MB, 50 %, `Ours.read:1`
        - ours: 400 kB, 10 %, `Ours.write:2`
        - others: 1.60 MB, 40 %, `their.Place.go:3`

        search:
        """,
        report.toString());
  }

  @Test
  void fiveFramesAreShown() {
    AllocationReport report = new AllocationReport("a model");
    List<Share> six =
        List.of("a", "b", "c", "d", "e", "f").stream().map(f -> new Share(f, 0.1)).toList();
    report.add("picture", 1, new AllocationProfile(1000, six, List.of()));
    assertEquals(5, report.toString().lines().filter(line -> line.startsWith("- ours")).count());
  }
}
