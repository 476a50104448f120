package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.lentigo.spark.OutlinePhotos.Result;

/** Several JVMs on this machine. */
class ClusterTest {
  @TempDir private Path temp;

  @BeforeAll
  static void sparkHome() throws IOException {
    Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
  }

  @Test
  void eachJvmOpensTheModelOnce() throws Exception {
    Photos.copy(temp.resolve("photos"), 12);
    Path out = temp.resolve("out");
    try (SparkSession spark =
        Photos.session("local-cluster[2,1,1024]")
            .config("spark.executor.memory", "640m")
            // Both have started before there is work.
            .config("spark.scheduler.minRegisteredResourcesRatio", 1.0)
            .config("spark.locality.wait", 0)
            .getOrCreate()) {
      assertThat(OutlinePhotos.run(spark, Photos.job(temp.resolve("photos"), out, 1)))
          .isEqualTo(new Result(12, 0, 0));
      Photos.assertEveryPhotoOnce(Photos.rows(spark, out), 12);

      Set<List<Long>> opened =
          new HashSet<>(
              JavaSparkContext.fromSparkContext(spark.sparkContext())
                  .parallelize(IntStream.range(0, 16).boxed().toList(), 16)
                  .map(
                      i -> {
                        Thread.sleep(100); // So that neither JVM takes them all.
                        return List.of(ProcessHandle.current().pid(), (long) Outlines.OPENED.get());
                      })
                  .collect());
      assertThat(opened).hasSize(2).allMatch(jvm -> jvm.get(1) == 1);
    }
  }

  /** With a real master and two workers, one of which is killed. */
  @Test
  @EnabledIfSystemProperty(named = "lentigo.spark.cluster", matches = "true")
  void everyPhotoHasOneRowAlthoughAWorkerDies() throws Exception {
    int count = 600;
    Photos.copy(temp.resolve("photos"), count);
    Path out = temp.resolve("out");
    int port;
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    String address = "spark://127.0.0.1:" + port;
    List<Process> processes = new ArrayList<>();
    try {
      processes.add(
          java("master.Master", "--host", "127.0.0.1", "--port", "" + port, "--webui-port", "0"));
      for (int i = 0; i < 2; i++) {
        Path work = temp.resolve("worker" + i);
        processes.add(
            java(
                "worker.Worker",
                "--host",
                "127.0.0.1",
                "--cores",
                "1",
                "--memory",
                "1g",
                "--webui-port",
                "0",
                "--work-dir",
                work.toString(),
                address));
      }
      try (SparkSession spark =
          Photos.session(address)
              .config("spark.executor.memory", "768m")
              .config("spark.scheduler.minRegisteredResourcesRatio", 1.0)
              .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "120s")
              .config("spark.cores.max", 2)
              .getOrCreate()) {
        CompletableFuture<Integer> partsAtKill =
            CompletableFuture.supplyAsync(() -> killWhenHalfDone(processes.get(2), out));
        Result result = OutlinePhotos.run(spark, Photos.job(temp.resolve("photos"), out, 10));
        assertThat(partsAtKill.get(10, TimeUnit.SECONDS)).isBetween(1, count / 10 - 1);
        assertThat(processes.get(2).isAlive()).isFalse();
        assertThat(result).isEqualTo(new Result(count, 0, 0));
        Photos.assertEveryPhotoOnce(Photos.rows(spark, out), count);
      }
    } finally {
      processes.forEach(ClusterTest::kill);
    }
  }

  private Process java(String main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(List.of(System.getProperty("java.home") + "/bin/java", "-Xmx512m"));
    Stream.of(System.getProperty("spark.options").split(" ")).forEach(command::add);
    command.addAll(
        List.of("-cp", System.getProperty("java.class.path"), "org.apache.spark.deploy." + main));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(temp.resolve(main + System.nanoTime() + ".log").toFile())
        .start();
  }

  /** How many files of rows there were when the worker and its executor were killed. */
  private static int killWhenHalfDone(Process worker, Path out) {
    try {
      int parts;
      while ((parts = parts(out)) < 20) {
        Thread.sleep(50);
      }
      kill(worker);
      return parts;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int parts(Path out) throws IOException {
    if (!Files.isDirectory(out)) {
      return 0;
    }
    try (Stream<Path> files = Files.list(out)) {
      return (int) files.filter(f -> f.toString().endsWith(".parquet")).count();
    }
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    process.onExit().join();
  }
}
