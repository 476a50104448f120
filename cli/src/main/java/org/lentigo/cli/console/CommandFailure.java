package org.lentigo.cli.console;

import java.io.Serial;

/** A command that cannot be carried out: the one line to print, and the exit code to end with. */
public final class CommandFailure extends Exception {
  @Serial private static final long serialVersionUID = 1;

  private final int exitCode;

  private CommandFailure(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  private CommandFailure(int exitCode, String message, Throwable cause) {
    super(message, cause);
    this.exitCode = exitCode;
  }

  /** The command line asks for something that does not make sense: exit code 2. */
  public static CommandFailure usage(String message) {
    return new CommandFailure(ExitCode.USAGE, message);
  }

  /** The command line is right, but a file, the disk or the machine stands in the way: 1. */
  public static CommandFailure failed(String message) {
    return new CommandFailure(ExitCode.FAILED, message);
  }

  /** As {@link #failed(String)}, with what led to it for {@code --stacktrace}. */
  public static CommandFailure failed(String message, Throwable cause) {
    return new CommandFailure(ExitCode.FAILED, message, cause);
  }

  public int exitCode() {
    return exitCode;
  }
}
