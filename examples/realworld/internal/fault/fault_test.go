package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/fault"
)

func ExampleList() {
	var wrong fault.List
	wrong.Blank("title", " ")
	wrong.Blank("body", "text")
	wrong.Text("tags", "go, go", 3)
	wrong.Add(true, "title", "is odd as well") // a field has one message, its first
	fmt.Println(wrong.Err())
	// Output: title can't be blank, tags is too long
}

func TestEmptyListIsNotAnError(t *testing.T) {
	var wrong fault.List
	wrong.Blank("title", "text")
	assert.NoError(t, wrong.Err(), "nil, not a nil *Error in an error")
}

func TestErrorIsFoundInsideOthers(t *testing.T) {
	var f *fault.Error
	require.ErrorAs(t, errors.Join(errors.New("x"), fmt.Errorf("y: %w", fault.Missing("article"))), &f)
	assert.Equal(t, fault.NotFound, f.Kind)
}
