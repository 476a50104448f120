package org.lentigo.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.Architectures;

/** The arrows between the modules; only those below a module are known to it. */
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
          .whereLayer("server")
          .mayOnlyAccessLayers("network", "imaging", "runtime")
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer();

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
