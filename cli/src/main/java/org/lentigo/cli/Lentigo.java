package org.lentigo.cli;

import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.lentigo.cli.console.CommandFailure;
import org.lentigo.cli.console.ExitCode;
import org.lentigo.cli.console.Interruption;
import org.lentigo.runtime.internal.Reasons;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code lentigo} command. */
@Command(
    name = "lentigo",
    description = {
      "Outlines skin lesions in dermoscopic photos and measures them.",
      "It draws an outline; it never makes a diagnosis."
    },
    versionProvider = Version.class,
    subcommands = {
      SegmentCommand.class,
      DicomCommand.class,
      ServeCommand.class,
      EvaluateCommand.class,
      TrainCommand.class,
      AblateCommand.class,
      CalibrateCommand.class,
      CostsCommand.class,
      LiveCommand.class,
      ExportCommand.class,
      QuantizeCommand.class,
      InfoCommand.class,
      SamplesCommand.class,
      BenchCommand.class
    })
public final class Lentigo implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--stacktrace",
      scope = CommandLine.ScopeType.INHERIT,
      description = "Print the Java stack trace of an error, for a bug report.")
  private boolean stackTrace;

  private Lentigo() {}

  /** Runs one command and ends the process with its exit code: see {@link ExitCode}. */
  public static void main(String[] args) {
    Interruption.endBetweenCalls();
    Charset charset = Charset.defaultCharset();
    System.exit(
        run(
            new PrintWriter(System.out, true, charset),
            new PrintWriter(System.err, true, charset),
            args));
  }

  /**
   * Runs one command.
   *
   * @param out takes the result
   * @param err takes progress, warnings and errors
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    // Figures look alike everywhere: scripts read them.
    Locale.setDefault(Locale.ROOT);
    Lentigo lentigo = new Lentigo();
    CommandLine commandLine = commandLine(lentigo);
    commandLine.setOut(out).setErr(err);
    commandLine.setParameterExceptionHandler((e, arguments) -> wrongUsage(e, err));
    commandLine.setExecutionExceptionHandler(
        (e, command, result) -> lentigo.failed(e, command.getErr()));
    int code = commandLine.execute(args);
    out.flush();
    err.flush();
    return code;
  }

  /** What parses a command line as {@link #run} does, without running it. */
  static CommandLine parser() {
    return commandLine(new Lentigo());
  }

  private static CommandLine commandLine(Lentigo lentigo) {
    CommandLine commandLine = new CommandLine(lentigo);
    // A photo may be called @name.
    commandLine.setExpandAtFiles(false);
    commandLine.setCaseInsensitiveEnumValuesAllowed(true);
    commandLine.setUsageHelpAutoWidth(true);
    withHelp(commandLine);
    return commandLine;
  }

  /** Gives every command the same {@code --help} and the same table of exit codes below it. */
  private static void withHelp(CommandLine command) {
    command
        .getCommandSpec()
        .mixinStandardHelpOptions(true)
        .exitCodeOnInvalidInput(ExitCode.USAGE)
        .exitCodeOnExecutionException(ExitCode.FAILED)
        .usageMessage()
        .exitCodeListHeading("%nExit codes:%n")
        .exitCodeList(exitCodes())
        .footer("");
    command.getSubcommands().values().forEach(Lentigo::withHelp);
  }

  private static Map<String, String> exitCodes() {
    Map<String, String> codes = new LinkedHashMap<>();
    codes.put("0", "all done");
    codes.put("1", "some of it failed: each failure has its line on standard error");
    codes.put("2", "wrong usage: nothing was done");
    return codes;
  }

  private static int wrongUsage(ParameterException e, PrintWriter err) {
    String name = e.getCommandLine().getCommandSpec().qualifiedName();
    err.println(name + ": " + oneLine(e) + "; see " + name + " --help");
    return ExitCode.USAGE;
  }

  private int failed(Exception e, PrintWriter err) {
    if (stackTrace || Boolean.getBoolean("lentigo.trace")) {
      e.printStackTrace(err);
    }
    if (e instanceof CommandFailure failure) {
      err.println("lentigo: " + oneLine(e));
      return failure.exitCode();
    }
    err.println(
        "lentigo: unexpected "
            + e.getClass().getSimpleName()
            + ": "
            + oneLine(e)
            + "; please report it with the output of the same command with --stacktrace");
    return ExitCode.FAILED;
  }

  private static String oneLine(Throwable e) {
    return Reasons.oneLine(String.valueOf(e.getMessage()));
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "no command given");
  }
}
