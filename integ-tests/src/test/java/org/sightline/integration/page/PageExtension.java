package org.sightline.integration.page;

import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;
import org.sightline.integration.Installation;
import org.sightline.testsupport.cluster.Distribution;

/**
 * Unpacks Elasticsearch, and starts the node and the browser, for the first test that asks; JUnit
 * closes them at the end.
 */
final class PageExtension implements ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(PageExtension.class);

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    Class<?> type = parameter.getParameter().getType();
    return type == PageNode.class || type == Distribution.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    ExtensionContext.Store store = context.getRoot().getStore(NAMESPACE);
    return parameter.getParameter().getType() == Distribution.class
        ? distribution(store)
        : store.getOrComputeIfAbsent(
            PageNode.class, key -> new PageNode(distribution(store)), PageNode.class);
  }

  private static Distribution distribution(ExtensionContext.Store store) {
    return store.getOrComputeIfAbsent(
        Distribution.class, key -> Installation.unpack("page"), Distribution.class);
  }
}
