/** Servers on the loopback address that stand for others, such as HuggingFace's hub. */
package org.sightline.testsupport.web;
