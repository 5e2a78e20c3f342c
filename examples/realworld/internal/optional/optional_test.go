package optional_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/examples/realworld/internal/optional"
)

func Example() {
	type change struct {
		Bio optional.Field[string] `json:"bio"`
	}
	for _, body := range []string{`{}`, `{"bio":null}`, `{"bio":"new"}`} {
		var c change
		if err := json.Unmarshal([]byte(body), &c); err != nil {
			fmt.Println(err)
		}
		fmt.Printf("%s: %q\n", body, c.Bio.Or("current"))
	}
	// Output:
	// {}: "current"
	// {"bio":null}: ""
	// {"bio":"new"}: "new"
}

func TestFieldRefusesAnotherType(t *testing.T) {
	var f optional.Field[[]string]
	require.Error(t, json.Unmarshal([]byte(`"go"`), &f))
	require.NoError(t, json.Unmarshal([]byte(`["go"]`), &f))
	assert.Equal(t, optional.Of([]string{"go"}), f)
}
