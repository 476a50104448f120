package org.lentigo.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.lentigo.runtime.Segmenter;
import org.lentigo.runtime.internal.LentigoVersion;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.dataformat.yaml.YAMLMapper;

/** Holds openapi.yaml to what the server does. */
class ApiDescriptionTest {
  private static Segmenter segmenter;
  private static LentigoServer server;
  private static JsonNode api;

  @BeforeAll
  static void start() throws Exception {
    segmenter = Fixtures.segmenter();
    server = LentigoServer.start(segmenter, Fixtures.config());
    try (InputStream in = LentigoServer.class.getResourceAsStream("openapi.yaml")) {
      api = new YAMLMapper().readTree(in);
    }
  }

  @AfterAll
  static void stop() {
    server.close();
    segmenter.close();
  }

  @Test
  void describesEveryRouteAndNoOther() {
    Set<String> described = new TreeSet<>(api.at("/paths").propertyNames());
    Set<String> routes = new TreeSet<>(LentigoServer.PATHS);
    routes.add("/openapi.yaml");

    assertThat(described).isEqualTo(routes);
    assertThat(api.at("/info/version").asString()).isEqualTo(LentigoVersion.get());
  }

  @Test
  void everyMethodIsAnsweredAsDescribedAndNoOtherIsAllowed() {
    for (String path : api.at("/paths").propertyNames()) {
      for (String method : List.of("get", "post", "put", "delete", "patch")) {
        JsonNode operation = api.path("paths").path(path).path(method);
        HttpResponse<byte[]> response = send(method, path);
        String what = method + " " + path + ": " + Fixtures.text(response);
        if (operation.isMissingNode()) {
          assertThat(response.statusCode()).as(what).isEqualTo(405);
        } else {
          assertDescribed(operation, response, what);
        }
      }
    }
  }

  private static HttpResponse<byte[]> send(String method, String path) {
    HttpRequest.BodyPublisher body =
        method.equals("post")
            ? HttpRequest.BodyPublishers.ofByteArray(Fixtures.photo())
            : HttpRequest.BodyPublishers.noBody();
    return Fixtures.send(
        Fixtures.request(server, path).method(method.toUpperCase(Locale.ROOT), body));
  }

  private static void assertDescribed(
      JsonNode operation, HttpResponse<byte[]> response, String what) {
    JsonNode described = resolve(operation.at("/responses/" + response.statusCode()));
    assertThat(described.isMissingNode()).as("status of " + what).isFalse();
    String type =
        response.headers().firstValue("Content-Type").orElse("").replaceFirst(";.*", "").strip();
    JsonNode content = described.path("content").path(type);
    assertThat(content.isMissingNode()).as("type " + type + " of " + what).isFalse();
    if (type.endsWith("json")) {
      List<String> wrong = new ArrayList<>();
      check(new ObjectMapper().readTree(response.body()), content.path("schema"), "", wrong);
      assertThat(wrong).as(what).isEmpty();
    }
  }

  @Test
  void theDescribedErrorsAreThoseThatOccur() {
    JsonNode post = api.path("paths").path("/v1/segmentations").path("post");
    assertDescribed(post, Fixtures.send(Fixtures.post(server, new byte[0])), "empty");
    assertDescribed(post, Fixtures.send(Fixtures.post(server, new byte[5])), "no photo");
    assertDescribed(post, Fixtures.send(Fixtures.post(server, new byte[100_001])), "large");
    assertDescribed(post, Fixtures.send(Fixtures.post(server, Fixtures.photo(400, 300))), "pixels");
    for (String form : List.of("image/png", "image/jpeg", "application/json")) {
      assertDescribed(
          post,
          Fixtures.send(Fixtures.post(server, Fixtures.photo()).header("Accept", form)),
          form);
    }
  }

  /** The part of JSON Schema that the description uses. */
  private static void check(JsonNode value, JsonNode schema, String at, List<String> wrong) {
    JsonNode rules = resolve(schema);
    for (JsonNode name : rules.path("required")) {
      if (!value.has(name.asString())) {
        wrong.add(at + "/" + name.asString() + " is missing");
      }
    }
    if (rules.has("const") && !rules.path("const").equals(value)) {
      wrong.add(at + " is " + value + ", not " + rules.path("const"));
    }
    List<String> types = new ArrayList<>();
    JsonNode type = rules.path("type");
    if (type.isArray()) {
      type.forEach(one -> types.add(one.asString()));
    } else if (type.isString()) {
      types.add(type.asString());
    }
    if (!types.isEmpty() && types.stream().noneMatch(one -> is(value, one))) {
      wrong.add(at + " is " + value + ", not " + types);
    }
    if (value.isObject() && rules.has("properties")) {
      value
          .properties()
          .forEach(
              property -> {
                JsonNode inner = rules.path("properties").path(property.getKey());
                if (inner.isMissingNode()) {
                  wrong.add(at + "/" + property.getKey() + " is not described");
                } else {
                  check(property.getValue(), inner, at + "/" + property.getKey(), wrong);
                }
              });
    }
    if (value.isArray() && rules.has("items")) {
      value.forEach(item -> check(item, rules.path("items"), at + "/*", wrong));
    }
  }

  private static boolean is(JsonNode value, String type) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isString();
      case "integer" -> value.isIntegralNumber();
      case "number" -> value.isNumber();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      default -> throw new IllegalArgumentException(type);
    };
  }

  private static JsonNode resolve(JsonNode node) {
    return node.has("$ref") ? api.at(node.path("$ref").asString().substring(1)) : node;
  }
}
