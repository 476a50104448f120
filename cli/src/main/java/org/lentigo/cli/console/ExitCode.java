package org.lentigo.cli.console;

/** How every command ends. The footer of each {@code --help} and the README say the same. */
public final class ExitCode {
  /** All that was asked for is done. */
  public static final int DONE = 0;

  /** Some of it failed: a file, a model, the output folder or the disk. */
  public static final int FAILED = 1;

  /** The command line is wrong; nothing was done. */
  public static final int USAGE = 2;

  private ExitCode() {}
}
