package org.lentigo.cli.options;

import org.jspecify.annotations.Nullable;
import org.lentigo.network.Model;
import org.lentigo.network.PostProcessing;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** {@code --post}, for the commands that may treat masks otherwise than the model says. */
public final class PostOption {
  @Option(
      names = "--post",
      paramLabel = "HOW",
      converter = Converter.class,
      description =
          "What happens to a mask after the threshold: none, largest (only its largest part stays)"
              + " or largest+fill (and holes are filled); default: what the model says. Another than"
              + " the model's leaves it without its prediction of the Jaccard index, until it is"
              + " calibrated again.")
  private @Nullable PostProcessing post;

  /** The model with what was asked for. */
  public Model apply(Model model) {
    return post == null ? model : model.withPostProcessing(post);
  }

  private static final class Converter implements ITypeConverter<PostProcessing> {
    @Override
    public PostProcessing convert(String value) {
      return switch (value) {
        case "none" -> PostProcessing.NONE;
        case "largest" -> new PostProcessing(1, false);
        case "largest+fill" -> new PostProcessing(1, true);
        default ->
            throw new TypeConversionException(
                "wanted none, largest or largest+fill, got '" + value + "'");
      };
    }
  }
}
