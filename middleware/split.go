package middleware

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"net/http"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/whose"
)

// Split sends a share of the requests to another handler: to a canary, say.

// SplitVariantKey is the Context key of the name of the variant that Split
// chose, for logs and metrics.
const SplitVariantKey = "dram.split.variant"

// SplitVariant is one of the variants between which Split chooses.
type SplitVariant struct {
	// Name identifies the variant. It must be unique.
	Name string
	// Weight is the variant's share of the sum of all weights. With zero it is
	// chosen by Header only.
	Weight int
	// Handler answers the requests of the variant: a Proxy, or any other handler.
	// If it is nil, the chain goes on.
	Handler dram.HandlerFunc
}

// SplitConfig sets up Split. Variants must be set.
type SplitConfig struct {
	// Variants are the variants to choose from. Each gets a range of the keys, in
	// this order: put the one whose weight grows first, so that it keeps the keys
	// it has.
	Variants []SplitVariant
	// Key returns whose request it is, such as ByUser: all requests of a key get
	// the same variant, on every instance. If Key is nil or returns "", the choice
	// is random.
	Key func(*dram.Context) string
	// Salt, if set, changes which variants the keys get. Splits with the same Salt
	// put the same users together; give each its own to make them independent.
	Salt string
	// Header, if set, is the name of a header by which a request chooses its
	// variant: "X-Variant". Any client can send it; see AllowHeader. Vary names it.
	Header string
	// AllowHeader, if set, reports whether Header counts for a request: for those
	// of testers, say. Cache keeps what they get for nobody else.
	AllowHeader func(*dram.Context) bool
}

// Validate reports what is wrong with the configuration, as a *ConfigError.
func (cfg SplitConfig) Validate() error {
	seen, sum := make(map[string]bool), 0
	for _, variant := range cfg.Variants {
		if variant.Name == "" || seen[variant.Name] {
			return misconfigured("Split", "Variants", "the name %q is empty or there twice; give each variant its own", variant.Name)
		}
		if variant.Weight < 0 || variant.Weight > 1<<20 {
			return misconfigured("Split", "Variants", "the weight %d of %q is not between 0 and %d", variant.Weight, variant.Name, 1<<20)
		}
		seen[variant.Name] = true
		sum += variant.Weight
	}
	if sum == 0 {
		return misconfigured("Split", "Variants", `have no weight; write {Name: "canary", Weight: 5, …}, {Name: "stable", Weight: 95, …}`)
	}
	if cfg.Header != "" && !httpfield.IsToken(cfg.Header) {
		return misconfigured("Split", "Header", "%q is not a header name; write one such as X-Variant", cfg.Header)
	}
	if cfg.AllowHeader != nil && cfg.Header == "" {
		return misconfigured("Split", "AllowHeader", "there is no Header to allow; set it")
	}
	return nil
}

// Split chooses one of the variants for each request, according to their
// weights. The variant's handler runs in place of the rest of the chain.
//
// While more than one variant has a weight, a Cache around Split keeps nothing: it would give all clients the
// variant of one. Put one Cache with a Store of its own around each Handler instead.
func Split(cfg SplitConfig) dram.HandlerFunc {
	must(cfg.Validate())
	cfg.Header = http.CanonicalHeaderKey(cfg.Header) // not again for each request
	vary, sum, chosen := []string{cfg.Header}, uint64(0), 0
	for _, variant := range cfg.Variants {
		sum += uint64(variant.Weight)
		chosen += min(variant.Weight, 1)
	}
	return func(c *dram.Context) {
		if cfg.Header != "" {
			httpfield.ShareVary(c.Writer.Header(), vary)
		}
		variant := cfg.named(c)
		if variant == nil {
			variant = cfg.at(cfg.point(c) % sum)
			if chosen > 1 {
				whose.Admit(c.Request.Context())
			}
		}
		c.Set(SplitVariantKey, variant.Name)
		if variant.Handler != nil {
			c.Abort()
			variant.Handler(c)
		}
	}
}

// named returns the variant that the header of the request chooses, nil if
// none.
func (cfg *SplitConfig) named(c *dram.Context) *SplitVariant {
	if cfg.Header == "" {
		return nil
	}
	name := c.GetHeader(cfg.Header)
	if name == "" {
		return nil
	}
	if cfg.AllowHeader != nil {
		if !cfg.AllowHeader(c) {
			return nil
		}
		whose.Admit(c.Request.Context())
	}
	for i := range cfg.Variants {
		if cfg.Variants[i].Name == name {
			return &cfg.Variants[i]
		}
	}
	return nil
}

// point returns a number that depends only on Salt and the key of the request,
// or a random one if there is no key.
func (cfg *SplitConfig) point(c *dram.Context) uint64 {
	key := ""
	if cfg.Key != nil {
		key = cfg.Key(c)
	}
	if key == "" {
		return rand.Uint64()
	}
	sum := sha256.Sum256([]byte(cfg.Salt + "\x00" + key))
	return binary.BigEndian.Uint64(sum[:])
}

// at returns the variant whose range of the weights contains point.
func (cfg *SplitConfig) at(point uint64) *SplitVariant {
	for i := range cfg.Variants {
		weight := uint64(cfg.Variants[i].Weight)
		if point < weight {
			return &cfg.Variants[i]
		}
		point -= weight
	}
	panic("dram: middleware.Split: a point beyond the sum of the weights")
}
