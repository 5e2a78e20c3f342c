package middleware

import (
	"cmp"
	"net/http"
	"strings"

	"github.com/dram-go/dram"
)

// Health answers whether the process is alive. Whether it should get requests
// is another question, which Readiness answers.

// HealthConfig sets up Health. Its zero value answers at /livez.
type HealthConfig struct {
	// Path is the path of the probe. Default "/livez".
	Path string
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg HealthConfig) Validate() error { return pathFault("Health", cfg.Path) }

// pathFault returns what is wrong with the path of a probe.
func pathFault(layer, path string) error {
	if path != "" && path[0] != '/' {
		return misconfigured(layer, "Path", "%q does not start with a slash", path)
	}
	if strings.ContainsAny(path, "?#*") || strings.Contains(path, "/:") {
		return misconfigured(layer, "Path", "%q is compared as it is, so it has no query, params or wildcards; write one such as /livez", path)
	}
	return nil
}

// Health answers GET and HEAD of its path with 200 and lets all other requests
// pass. It does not ask the database: restarting a process because something
// else is down makes things worse. As the outermost layer it is neither logged
// nor counted nor refused; it needs no route.
func Health(cfg HealthConfig) dram.HandlerFunc {
	must(cfg.Validate())
	path := cmp.Or(cfg.Path, "/livez")
	return func(c *dram.Context) {
		if isProbe(c, path) {
			c.Abort()
			c.Header("Cache-Control", "no-store")
			c.String(http.StatusOK, "ok\n")
		}
	}
}

// isProbe reports whether the request is a GET or HEAD of path.
func isProbe(c *dram.Context, path string) bool {
	method := c.Request.Method
	return c.Request.URL.Path == path && (method == http.MethodGet || method == http.MethodHead)
}
