package org.sightline.runtime.onnx;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.sightline.runtime.bundle.BundleException;

/** What can be seen without an accelerator: the choice, the messages, the way back to the CPU. */
class DeviceTest {
  private static final Path GRAPH = Path.of("src/test/fixtures/tiny-clip/text.onnx");

  private static Device parse(String value) {
    return Device.parse("device", value);
  }

  @Test
  void formsOfDevices() {
    assertEquals(Device.AUTO, parse("auto"));
    assertEquals(Device.CPU, parse("cpu"));
    assertEquals(new Device(Device.Kind.CUDA, 0), parse("cuda"));
    assertEquals(new Device(Device.Kind.CUDA, 3), parse("cuda:3"));
    assertEquals("cuda:3", parse("cuda:3").toString());
    assertEquals("cpu", Device.CPU.toString());
    for (String wrong : new String[] {"", "gpu", "cuda:", "cuda:-1", "cuda:x", "cpu:0", "CPU"}) {
      IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> parse(wrong));
      assertEquals(
          "[device] must be one of [auto, cpu, cuda, cuda:INDEX], got [" + wrong + "]",
          e.getMessage());
    }
  }

  @Test
  void autoIsTheCpuWhereTheBuildHasNothingElse() {
    assumeFalse(Device.buildHasCuda(), "this build has CUDA");
    assertEquals(Device.Kind.CPU, Device.AUTO.expected());
    OnnxSession session = OnnxSession.open(GRAPH, 1, Device.AUTO);
    assertEquals(Device.CPU, session.device());
    session.decRef();
  }

  @Test
  void cudaThatCannotBeUsedIsAnError() {
    assumeFalse(Files.exists(Path.of("/dev/nvidiactl")), "this machine may have CUDA");
    BundleException e =
        assertThrows(BundleException.class, () -> OnnxSession.open(GRAPH, 1, parse("cuda:1")));
    assertTrue(
        e.getMessage().startsWith("the graph [text.onnx] cannot be opened on [cuda:1]: "),
        e.getMessage());
  }

  /** The build says that it has CUDA, the machine does not: loudly to the CPU. */
  @Test
  void autoFallsBackWhereTheMachineHasNoAccelerator() {
    assumeTrue(Device.buildHasCuda(), "this build has no CUDA that could fail");
    OnnxSession session = OnnxSession.open(GRAPH, 1, Device.AUTO);
    Device.Kind possible =
        Files.exists(Path.of("/dev/nvidiactl")) ? Device.Kind.CUDA : Device.Kind.CPU;
    assertEquals(possible, session.device().kind());
    session.decRef();
  }
}
