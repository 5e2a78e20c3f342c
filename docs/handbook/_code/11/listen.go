package main

import (
	"context"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/contrib/autotls"
)

// serve serves until ctx is done: over TLS for the configured domains, on the sockets that
// systemd has opened, or on an address.
func serve(ctx context.Context, engine *dram.Engine, config Config) error {
	if len(config.Domains) > 0 {
		return autotls.Serve(ctx, engine, autotls.Config{Domains: config.Domains, CacheDir: config.Certificates})
	}
	sockets, _, err := dram.InheritedListeners()
	if err != nil {
		return err
	}
	if len(sockets) > 0 {
		return engine.RunListenerContext(ctx, sockets...)
	}
	return engine.RunContext(ctx, config.Addr)
}
