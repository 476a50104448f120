/**
 * The network as data: a graph, the paper's modules and variants, costs, weights and files. Pure
 * Java: no native code, no engine.
 */
@NullMarked
package org.lentigo.network;

import org.jspecify.annotations.NullMarked;
