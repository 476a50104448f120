/**
 * Inference in pure Java: {@link org.lentigo.javaengine.JavaEngine} compiles a network's graph into
 * a plan of fused steps over one array and runs it with the Vector API, or without it more slowly.
 */
@NullMarked
package org.lentigo.javaengine;

import org.jspecify.annotations.NullMarked;
