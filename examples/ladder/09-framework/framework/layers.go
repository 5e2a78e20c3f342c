package framework

import (
	"errors"
	"log"
	"net/http"
	"runtime/debug"
	"time"
)

// Logger writes a line on the way out. dram: layer_logger.go#Logger.
func Logger() HandlerFunc {
	return func(c *Context) {
		start := time.Now()
		c.Next()
		log.Printf("%d %s %q %v", c.Writer.Status(), c.Request.Method, c.Request.URL.Path, time.Since(start).Round(time.Microsecond))
		for _, err := range c.Errors {
			log.Printf("  %v", err)
		}
	}
}

// Recovery answers a panic with 500, if nothing was sent; what has begun is broken off by
// net/http, so that it does not look whole; over HTTP/1.0 see cut.go. dram:
// layer_recovery.go#Recovery, layer_recovery.go#recoverFrom, writer_cut.go#Context.cutAnswer.
func Recovery() HandlerFunc {
	return func(c *Context) {
		defer func() {
			reason := recover()
			if reason == nil {
				return
			}
			if err, ok := reason.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler)
			}
			log.Printf("panic: %v\n%s", reason, debug.Stack())
			if c.Writer.Written() {
				panic(http.ErrAbortHandler)
			}
			c.AbortWithStatus(http.StatusInternalServerError)
		}()
		c.Next()
	}
}
