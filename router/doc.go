// Package router is a radix tree that finds the route of a path.
package router
