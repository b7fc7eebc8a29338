/**
 * Ties what a search starts while it is being rewritten to the task of that search.
 *
 * <p>Promise: cancelling the search cancels the searches it started, and stops further work; its
 * profile tells what was done for it here.
 */
package org.sightline.query.task;
