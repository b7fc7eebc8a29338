/**
 * The catalogue of models that are worth installing: {@code catalog.json}, read from the jar and,
 * where the user names one, from a further file whose entries come before it. What an entry says is
 * data: constants that a repository lacks, a licence to accept, published figures with their
 * source. Fetches and imports nothing.
 *
 * <p>An entry that cannot be read is refused with a {@link
 * org.sightline.runtime.bundle.BundleException} that names file and field.
 */
package org.sightline.cli.catalog;
