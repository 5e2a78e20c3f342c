package typed

import (
	"bytes"
	stdjson "encoding/json"
	"fmt"
	"reflect"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/codec/json"
	"github.com/dram-go/dram/internal/schema"
)

// This file holds answers against what the document says of them, in debug and test mode: a
// client that was made from the document would stumble over what it does not say.

// broken returns what a value breaks of its own declaration, nil if that is nothing.
func (rt *route) broken(value any) error {
	if rt.output.schema == nil || dram.Mode() == dram.ReleaseMode {
		return nil
	}
	text, err := json.API.Marshal(value)
	if err != nil {
		return nil // which is another error, and is answered as one
	}
	if err := lost(reflect.ValueOf(value), false); err != nil && rt.answersJSON() {
		return rt.breach("%w", err)
	}
	faults, err := faultsOf(rt.schemas, rt.output.schema, text)
	if err != nil || len(faults) == 0 {
		return err
	}
	return rt.breach("it is not what its type declares: %s: correct the value, or the rules and types of %s", strings.Join(faults, "; "), rt.out)
}

// breach is the error for an answer that is not what the document says, and a line in the log: an
// Engine without Logger would keep it to itself.
func (rt *route) breach(format string, values ...any) error {
	err := fmt.Errorf("dram: typed: the answer of %s %s (%s): %w", rt.method, rt.pattern, rt.source, fmt.Errorf(format, values...))
	_, _ = fmt.Fprintf(dram.DefaultErrorWriter, "[DRAM-debug] [ERROR] %v\n", err)
	return err
}

// faultsOf checks a JSON text by a schema.
func faultsOf(schemas *schema.Registry, s *schema.Schema, text []byte) (faults []string, err error) {
	decoder := stdjson.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	for _, fault := range schemas.Check(s, value) {
		at := fault.Path
		if at == "" {
			at = "the whole"
		}
		faults = append(faults, at+" "+fault.Message)
	}
	return faults, nil
}
