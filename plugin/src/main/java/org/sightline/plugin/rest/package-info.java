/**
 * The REST interface: parses requests strictly, hands them to actions, writes what these answer.
 *
 * <p>Promise: an unknown key or parameter is refused with 400 naming what is allowed; nothing is
 * decoded and nothing waits on the thread that reads HTTP.
 */
package org.sightline.plugin.rest;
