package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/dram-go/dram/binding"
)

// Config is what the environment says.
type Config struct {
	Addr           string        `form:"ADDR,default=127.0.0.1:8080" binding:"hostname_port"`
	MetricsAddr    string        `form:"METRICS_ADDR,default=127.0.0.1:9090" binding:"hostname_port"`
	Database       string        `form:"DATABASE,default=library.db"`
	Redis          string        `form:"REDIS" binding:"omitempty,hostname_port"`                        // what all processes count together
	TrustedProxies []string      `form:"TRUSTED_PROXIES" collection_format:"csv" binding:"dive,ip|cidr"` // who may say where a request comes from
	Domains        []string      `form:"DOMAINS" collection_format:"csv" binding:"dive,fqdn"`            // for TLS without a proxy
	Certificates   string        `form:"CERTIFICATES,default=certificates"`                              // the directory for those of DOMAINS
	DrainDelay     time.Duration `form:"DRAIN_DELAY" binding:"min=0"`                                    // not ready, but still serving
}

// loadConfig names all that is wrong with the environment at once.
func loadConfig(environ []string) (Config, error) {
	var config Config
	env := map[string][]string{}
	for _, variable := range environ {
		if name, value, _ := strings.Cut(variable, "="); value != "" {
			env[name] = []string{value}
		}
	}
	var faults []error
	seen := map[string]bool{}
	for _, err := range []error{binding.MapFormWithTag(&config, env, "form"), binding.Validator.ValidateStruct(&config)} {
		for _, fault := range binding.FieldErrors(err) {
			if !seen[fault.Field] {
				seen[fault.Field] = true
				faults = append(faults, fmt.Errorf("%s %s", fault.Field, fault.Message))
			}
		}
	}
	return config, errors.Join(faults...)
}
