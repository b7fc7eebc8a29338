/**
 * Model bundles on disk: the manifest as an immutable record, the folder around it, and the check
 * that every file is the one the manifest means.
 *
 * <p>Reading a manifest runs no native code and opens no graph. Whatever does not fit is refused
 * with a {@link org.sightline.runtime.bundle.BundleException} that names the field, what was
 * received and what is allowed.
 */
package org.sightline.runtime.bundle;
