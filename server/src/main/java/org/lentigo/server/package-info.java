/**
 * The web application: a page that outlines photos and the camera's picture, and the HTTP interface
 * behind it, described in {@code openapi.yaml}.
 *
 * <pre>{@code
 * try (Segmenter segmenter = Segmenter.bundled();
 *     LentigoServer server = LentigoServer.start(segmenter, ServerConfig.local(8080))) {
 *   System.out.println(server.uri());
 *   ...
 * }
 * }</pre>
 */
@NullMarked
package org.lentigo.server;

import org.jspecify.annotations.NullMarked;
