// Package browsertest holds tests only: what the layers of package middleware
// promise about browsers, tested in one. A headless Chromium, named "chromium" on
// the PATH, visits servers of two origins on loopback; without it the tests are
// skipped. See docs/middleware.md.
package browsertest
