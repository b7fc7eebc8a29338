/** The pictures of the emoji gallery, read from its zip. */
package org.sightline.testsupport.gallery;
