package org.lentigo.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.codeUnits;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import com.tngtech.archunit.library.Architectures;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import java.util.Set;
import java.util.stream.Stream;

/** The arrows between the modules and between the rooms of cli; only what is below is known. */
@AnalyzeClasses(packages = "org.lentigo", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule ARROWS =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("network")
          .definedBy("org.lentigo.network..")
          .layer("imaging")
          .definedBy("org.lentigo.imaging..")
          .layer("engine-java")
          .definedBy("org.lentigo.javaengine..")
          .layer("runtime")
          .definedBy("org.lentigo.runtime..")
          .layer("training")
          .definedBy("org.lentigo.training..")
          .layer("dicom")
          .definedBy("org.lentigo.dicom..")
          .layer("server")
          .definedBy("org.lentigo.server..")
          .layer("cli")
          .definedBy("org.lentigo.cli..")
          .whereLayer("network")
          .mayNotAccessAnyLayer()
          .whereLayer("imaging")
          .mayNotAccessAnyLayer()
          .whereLayer("engine-java")
          .mayOnlyAccessLayers("network")
          .whereLayer("runtime")
          .mayOnlyAccessLayers("network", "imaging", "engine-java")
          .whereLayer("training")
          .mayOnlyAccessLayers("network", "imaging")
          .whereLayer("dicom")
          .mayOnlyAccessLayers("imaging", "runtime")
          .whereLayer("server")
          .mayOnlyAccessLayers("network", "imaging", "runtime", "dicom")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer();

  /** Within cli: commands know the rooms, a room knows those that it is built on. */
  @ArchTest
  static final ArchRule ROOMS =
      Architectures.layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("commands")
          .definedBy("org.lentigo.cli")
          .layer("options")
          .definedBy("org.lentigo.cli.options")
          .layer("photos")
          .definedBy("org.lentigo.cli.photos")
          .layer("scoring")
          .definedBy("org.lentigo.cli.scoring")
          .layer("training")
          .definedBy("org.lentigo.cli.training")
          .layer("bench")
          .definedBy("org.lentigo.cli.bench")
          .layer("ablation")
          .definedBy("org.lentigo.cli.ablation")
          .layer("live")
          .definedBy("org.lentigo.cli.live")
          .layer("costs")
          .definedBy("org.lentigo.cli.costs")
          .layer("console")
          .definedBy("org.lentigo.cli.console")
          .whereLayer("commands")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("options")
          .mayOnlyAccessLayers("console")
          .whereLayer("photos")
          .mayOnlyAccessLayers("console")
          .whereLayer("scoring")
          .mayOnlyAccessLayers("console")
          .whereLayer("training")
          .mayOnlyAccessLayers("console", "scoring")
          .whereLayer("bench")
          .mayOnlyAccessLayers("console")
          .whereLayer("ablation")
          .mayOnlyAccessLayers("console", "scoring", "training", "bench")
          .whereLayer("live")
          .mayOnlyAccessLayers("console")
          .whereLayer("costs")
          .mayOnlyAccessLayers("console")
          .whereLayer("console")
          .mayNotAccessAnyLayer();

  /** A new package of cli needs a place above. */
  @ArchTest
  static final ArchRule NO_OTHER_ROOM =
      classes()
          .that()
          .resideInAPackage("org.lentigo.cli..")
          .should()
          .resideInAnyPackage(
              "org.lentigo.cli",
              "org.lentigo.cli.options",
              "org.lentigo.cli.photos",
              "org.lentigo.cli.scoring",
              "org.lentigo.cli.training",
              "org.lentigo.cli.bench",
              "org.lentigo.cli.ablation",
              "org.lentigo.cli.live",
              "org.lentigo.cli.costs",
              "org.lentigo.cli.console");

  @ArchTest
  static final ArchRule NO_CYCLES =
      SlicesRuleDefinition.slices().matching("org.lentigo.(**)").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule COMMANDS_ALONE_READ_COMMAND_LINES =
      noClasses()
          .that()
          .resideOutsideOfPackages("org.lentigo.cli", "org.lentigo.cli.options")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  /** What a device maker compiles against is Lentigo's and Java's alone. */
  @ArchTest
  static final ArchRule THE_LIBRARY_SHOWS_NEITHER_INTERNALS_NOR_OTHERS_TYPES =
      codeUnits()
          .that()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .arePublic()
          .and()
          .areDeclaredInClassesThat()
          .resideInAPackage("org.lentigo.runtime")
          .should(haveOnlyTypesOfTheLibrary());

  @ArchTest
  static final ArchRule INTERNALS_DO_NOT_KNOW_THE_LIBRARY =
      noClasses()
          .that()
          .resideInAPackage("org.lentigo.runtime.internal")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.lentigo.runtime");

  private static ArchCondition<JavaCodeUnit> haveOnlyTypesOfTheLibrary() {
    return new ArchCondition<>("have only types of Java and of the library") {
      @Override
      public void check(JavaCodeUnit unit, ConditionEvents events) {
        Stream.concat(
                Stream.of(unit.getRawReturnType()),
                Stream.concat(
                    unit.getRawParameterTypes().stream(), unit.getExceptionTypes().stream()))
            .map(JavaClass::getBaseComponentType)
            .filter(
                type ->
                    !type.isPrimitive()
                        && !Set.of("org.lentigo.runtime", "org.lentigo.network")
                            .contains(type.getPackageName())
                        && !type.getPackageName().startsWith("org.lentigo.imaging")
                        && !type.getPackageName().startsWith("java."))
            .forEach(
                type ->
                    events.add(
                        SimpleConditionEvent.violated(
                            unit, unit.getFullName() + " shows " + type.getName())));
      }
    };
  }

  @ArchTest
  static final ArchRule NO_TRAINING_ENGINE =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.bytedeco..", "org.lentigo.engine..");

  @ArchTest
  static final ArchRule NETWORK_IS_PLAIN_JAVA =
      noClasses()
          .that()
          .resideInAPackage("org.lentigo.network..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("ai.onnxruntime..", "java.awt..", "javax.imageio..");

  @ArchTest
  static final ArchRule ONLY_RUNTIME_KNOWS_ONNX_RUNTIME =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.lentigo.runtime..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.onnxruntime..");
}
