// The registry itself: who is asked for a format, by its name or its media type.
// It is written a few times while a program starts, and read on every request
// that carries such a format, so readers take no lock: they load a pointer to a
// registry that nobody changes any more.

package codec

import (
	"errors"
	"fmt"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/dram-go/dram/internal/httpfield"
)

// ErrNotRegistered is what the error of Get unwraps to when no package has
// registered a codec for the format.
var ErrNotRegistered = errors.New("no such codec is registered")

// registry is a snapshot: it is filled before it is published and only read
// afterwards.
type registry struct {
	byName map[string]Codec
	byMIME map[string]Codec
}

var (
	registering sync.Mutex // held by Register, from copy to publication
	current     atomic.Pointer[registry]
)

func init() { current.Store(&registry{}) }

// Register makes c the codec of its name and of its media types. It is meant to
// be called from an init function, and is safe for concurrent use.
//
// A later codec takes over a media type that an earlier one claimed. Registering
// a codec of the same name and Go type again replaces the first, so that a
// program may register one with other options than its package did.
//
// Register panics if c is nil, if its name is empty, or if the name belongs to a
// codec of another type: two libraries that both want to be "yaml" are a mistake
// to be settled in the program's imports, not by the order of init functions.
func Register(c Codec) {
	if c == nil {
		panic("dram: codec.Register: the codec is nil")
	}
	name := c.Name()
	if name == "" {
		panic(fmt.Sprintf("dram: codec.Register: the codec %T has no name", c))
	}

	registering.Lock()
	defer registering.Unlock()

	old := current.Load()
	if other, ok := old.byName[name]; ok && reflect.TypeOf(other) != reflect.TypeOf(c) {
		panic(fmt.Sprintf("dram: codec.Register: the name %q belongs to %T already, so %T cannot have it; import only one of them", name, other, c))
	}
	current.Store(old.with(name, c))
}

// with returns a copy of r that holds c too.
func (r *registry) with(name string, c Codec) *registry {
	next := &registry{
		byName: make(map[string]Codec, len(r.byName)+1),
		byMIME: make(map[string]Codec, len(r.byMIME)+2),
	}
	for k, v := range r.byName {
		next.byName[k] = v
	}
	for k, v := range r.byMIME {
		next.byMIME[k] = v
	}
	next.byName[name] = c
	for _, mime := range c.MIMETypes() {
		next.byMIME[httpfield.MediaType(mime)] = c
	}
	return next
}

// Get returns the codec that is registered under name: "yaml", "toml",
// "protobuf", "msgpack" and "bson" are the names that dram's own codecs use.
//
// The error of a missing one names the import line that registers it, and
// unwraps to ErrNotRegistered. It is safe for concurrent use.
func Get(name string) (Codec, error) {
	if c, ok := current.Load().byName[name]; ok {
		return c, nil
	}
	return nil, fmt.Errorf("dram: the %q format needs its codec: add the line import _ \"github.com/dram-go/dram/contrib/%s\": %w", name, name, ErrNotRegistered)
}

// ByMIME returns the codec that is registered for a media type. Parameters and
// case do not matter: "application/YAML; charset=utf-8" finds the codec of
// "application/yaml". It is safe for concurrent use.
func ByMIME(mime string) (Codec, bool) {
	byMIME := current.Load().byMIME
	if c, ok := byMIME[mime]; ok {
		return c, true
	}
	c, ok := byMIME[httpfield.MediaType(mime)]
	return c, ok
}
