package dram

import (
	"fmt"
	"maps"
	"time"

	"github.com/dram-go/dram/internal/whose"
)

// This file is what handlers of one request tell each other: Keys, behind a
// lock, and a getter for each common type. All getters are one function, typed.
// See docs/internals/12-context.md.

// Set stores a value for this request under key, which may be any comparable
// value. A user who is stored under AuthUserKey or AuthProxyUserKey is told to the caches
// outside (middleware.Cache), which keep nothing of what users get: what is written to Keys
// without Set, only those of this Context see.
func (c *Context) Set(key any, value any) {
	c.live()
	if name, ok := key.(string); ok && (name == AuthUserKey || name == AuthProxyUserKey) && whose.IsSomebody(value) {
		whose.Admit(contextOf(c.Request))
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.Keys == nil {
		c.Keys = make(map[any]any)
	}
	c.Keys[key] = value
}

// Get returns the value that Set stored under key, and reports whether there is
// one.
func (c *Context) Get(key any) (value any, exists bool) {
	c.live()
	return c.lookup(key)
}

// lookup is Get without the check for a released Context.
func (c *Context) lookup(key any) (value any, exists bool) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	value, exists = c.Keys[key]
	return value, exists
}

// MustGet returns the value under key. It panics if there is none.
func (c *Context) MustGet(key any) any {
	if value, exists := c.Get(key); exists {
		return value
	}
	panic(fmt.Sprintf("dram: key %v does not exist: Set it in an earlier handler", key))
}

// Delete removes the value under key.
func (c *Context) Delete(key any) {
	c.live()
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.Keys, key)
}

// copyKeys is a copy of Keys for a Context of its own; nil stays nil.
func (c *Context) copyKeys() map[any]any {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return maps.Clone(c.Keys)
}

// typed is the value under key as a T, the zero T if it is missing or of
// another type.
func typed[T any](c *Context, key any) T {
	value, _ := c.Get(key)
	t, _ := value.(T)
	return t
}

// GetString returns the value under key as a string, or the zero value.
func (c *Context) GetString(key any) string { return typed[string](c, key) }

// GetBool returns the value under key as a bool, or the zero value.
func (c *Context) GetBool(key any) bool { return typed[bool](c, key) }

// GetInt returns the value under key as an int, or the zero value.
func (c *Context) GetInt(key any) int { return typed[int](c, key) }

// GetInt8 returns the value under key as an int8, or the zero value.
func (c *Context) GetInt8(key any) int8 { return typed[int8](c, key) }

// GetInt16 returns the value under key as an int16, or the zero value.
func (c *Context) GetInt16(key any) int16 { return typed[int16](c, key) }

// GetInt32 returns the value under key as an int32, or the zero value.
func (c *Context) GetInt32(key any) int32 { return typed[int32](c, key) }

// GetInt64 returns the value under key as an int64, or the zero value.
func (c *Context) GetInt64(key any) int64 { return typed[int64](c, key) }

// GetUint returns the value under key as a uint, or the zero value.
func (c *Context) GetUint(key any) uint { return typed[uint](c, key) }

// GetUint8 returns the value under key as a uint8, or the zero value.
func (c *Context) GetUint8(key any) uint8 { return typed[uint8](c, key) }

// GetUint16 returns the value under key as a uint16, or the zero value.
func (c *Context) GetUint16(key any) uint16 { return typed[uint16](c, key) }

// GetUint32 returns the value under key as a uint32, or the zero value.
func (c *Context) GetUint32(key any) uint32 { return typed[uint32](c, key) }

// GetUint64 returns the value under key as a uint64, or the zero value.
func (c *Context) GetUint64(key any) uint64 { return typed[uint64](c, key) }

// GetFloat32 returns the value under key as a float32, or the zero value.
func (c *Context) GetFloat32(key any) float32 { return typed[float32](c, key) }

// GetFloat64 returns the value under key as a float64, or the zero value.
func (c *Context) GetFloat64(key any) float64 { return typed[float64](c, key) }

// GetTime returns the value under key as a time.Time, or the zero value.
func (c *Context) GetTime(key any) time.Time { return typed[time.Time](c, key) }

// GetDuration returns the value under key as a time.Duration, or the zero value.
func (c *Context) GetDuration(key any) time.Duration { return typed[time.Duration](c, key) }

// GetError returns the value under key as an error, or the zero value.
func (c *Context) GetError(key any) error { return typed[error](c, key) }

// GetIntSlice returns the value under key as a []int, or the zero value.
func (c *Context) GetIntSlice(key any) []int { return typed[[]int](c, key) }

// GetInt8Slice returns the value under key as a []int8, or the zero value.
func (c *Context) GetInt8Slice(key any) []int8 { return typed[[]int8](c, key) }

// GetInt16Slice returns the value under key as a []int16, or the zero value.
func (c *Context) GetInt16Slice(key any) []int16 { return typed[[]int16](c, key) }

// GetInt32Slice returns the value under key as a []int32, or the zero value.
func (c *Context) GetInt32Slice(key any) []int32 { return typed[[]int32](c, key) }

// GetInt64Slice returns the value under key as a []int64, or the zero value.
func (c *Context) GetInt64Slice(key any) []int64 { return typed[[]int64](c, key) }

// GetUintSlice returns the value under key as a []uint, or the zero value.
func (c *Context) GetUintSlice(key any) []uint { return typed[[]uint](c, key) }

// GetUint8Slice returns the value under key as a []uint8, or the zero value.
func (c *Context) GetUint8Slice(key any) []uint8 { return typed[[]uint8](c, key) }

// GetUint16Slice returns the value under key as a []uint16, or the zero value.
func (c *Context) GetUint16Slice(key any) []uint16 { return typed[[]uint16](c, key) }

// GetUint32Slice returns the value under key as a []uint32, or the zero value.
func (c *Context) GetUint32Slice(key any) []uint32 { return typed[[]uint32](c, key) }

// GetUint64Slice returns the value under key as a []uint64, or the zero value.
func (c *Context) GetUint64Slice(key any) []uint64 { return typed[[]uint64](c, key) }

// GetFloat32Slice returns the value under key as a []float32, or the zero value.
func (c *Context) GetFloat32Slice(key any) []float32 { return typed[[]float32](c, key) }

// GetFloat64Slice returns the value under key as a []float64, or the zero value.
func (c *Context) GetFloat64Slice(key any) []float64 { return typed[[]float64](c, key) }

// GetStringSlice returns the value under key as a []string, or the zero value.
func (c *Context) GetStringSlice(key any) []string { return typed[[]string](c, key) }

// GetErrorSlice returns the value under key as a []error, or the zero value.
func (c *Context) GetErrorSlice(key any) []error { return typed[[]error](c, key) }

// GetStringMap returns the value under key as a map[string]any, or the zero value.
func (c *Context) GetStringMap(key any) map[string]any { return typed[map[string]any](c, key) }

// GetStringMapString returns the value under key as a map[string]string, or the zero value.
func (c *Context) GetStringMapString(key any) map[string]string {
	return typed[map[string]string](c, key)
}

// GetStringMapStringSlice returns the value under key as a map[string][]string, or the zero value.
func (c *Context) GetStringMapStringSlice(key any) map[string][]string {
	return typed[map[string][]string](c, key)
}
