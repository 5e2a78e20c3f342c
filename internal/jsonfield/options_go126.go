//go:build !go1.27 || !goexperiment.jsonv2

package jsonfield

// moreOptions reports whether encoding/json knows the options embed, case and format.
const moreOptions = false
