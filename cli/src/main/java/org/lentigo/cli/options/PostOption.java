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
          "What happens to a mask after the threshold: none, largest (only its largest part"
              + " stays), likeliest (only the part that most speaks for: its probabilities summed,"
              + " those near the middle first), and largest+fill or likeliest+fill (holes are"
              + " filled, too); default: what the model says. Another than the model's leaves it"
              + " without its prediction of the Jaccard index, until it is calibrated again.")
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
        case "largest" -> new PostProcessing(1, false, false);
        case "largest+fill" -> PostProcessing.LARGEST;
        case "likeliest" -> new PostProcessing(1, true, false);
        case "likeliest+fill" -> PostProcessing.LIKELIEST;
        default ->
            throw new TypeConversionException(
                "wanted none, largest, largest+fill, likeliest or likeliest+fill, got '"
                    + value
                    + "'");
      };
    }
  }
}
