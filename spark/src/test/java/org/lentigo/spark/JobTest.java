package org.lentigo.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.lentigo.spark.Job.UsageException;
import org.lentigo.spark.Job.Work;

/** Command lines, without Spark. */
class JobTest {
  private static Job of(String line) throws UsageException, IOException {
    return Job.of(line.split(" "), new Configuration());
  }

  @Test
  void whatIsNotSaidHasItsDefault() throws Exception {
    assertThat(of("--photos a --photos b --out o"))
        .isEqualTo(
            new Job(
                List.of("a", "b"),
                null,
                "path",
                "content",
                "o",
                OutlineSettings.DEFAULT,
                250,
                Work.OUTLINE));
    assertThat(of("--photos a --stream --once --out o").work()).isEqualTo(Work.STREAM_ONCE);
    assertThat(of("--photos a --one-look --out o").settings())
        .isEqualTo(OutlineSettings.DEFAULT.withOneLook());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --photos a                                 | name the output with --out
          --out o                                    | name either --photos or a --table
          --photos a --out o --colour red            | unknown option --colour
          --photos a --out                           | --out needs a value
          --photos a --out o --out p                 | --out was given twice
          --photos a --out o --max-pixels many       | --max-pixels must be a whole number from 1 to 9223372036854775807, got many
          --photos a --out o --per-task x            | --per-task must be a whole number from 1 to 2147483647, got x
          --photos a --out o --per-task 0            | --per-task must be a whole number from 1 to 2147483647, got 0
          --photos a --out o --threshold 1.5         | --threshold must be a number between 0 and 1, got 1.5
          --photos a --out o --threshold half        | --threshold must be a number between 0 and 1, got half
          --photos a --out o --id name               | --id does not go with --photos; leave one of them out
          --table t --out o --per-task 9             | --per-task does not go with --table; leave one of them out
          --table t --out o --pack                   | --pack does not go with --table; leave one of them out
          --photos a --out o --pack --model m        | --model does not go with --pack; leave one of them out
          --photos a --out o --pack --one-look       | --one-look does not go with --pack; leave one of them out
          --photos a --out o --pack --stream         | --stream does not go with --pack; leave one of them out
          --photos a --photos b --out o --stream     | --stream needs one folder, got 2; name one with --photos
          --photos a --out o --stream --retry-errors | --retry-errors does not go with --stream; leave one of them out
          --photos a --out o --once                  | --once goes with --stream
          """)
  void wrongUsageIsSaidInALine(String line, String message) {
    assertThatThrownBy(() -> of(line)).isInstanceOf(UsageException.class).hasMessage(message);
  }

  @Test
  void aFileThatIsNoModelIsFoundOutAtOnce() {
    assertThatThrownBy(() -> of("--photos a --out o --model ../README.md"))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("--model ../README.md: ")
        .message()
        .doesNotContain("\n");
  }
}
