/**
 * The plugin as a module, so that entitlement-policy.yaml can grant rights to single jars. The jars
 * without a declaration of their own are automatic modules, which see all others; a jar with one is
 * there only where it is required here. Open, because Elasticsearch makes actions by reflection.
 */
open module org.sightline.plugin {
  requires com.google.gson;
  requires org.apache.logging.log4j;
  requires org.apache.lucene.core;
  requires org.bytedeco.leptonica;
  requires org.elasticsearch.base;
  requires org.elasticsearch.server;
  requires org.elasticsearch.xcontent;
  requires org.sightline.ingest;
  requires org.sightline.query;
  requires org.sightline.runtime;
  requires org.tukaani.xz;
}
