package binding_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

type genre string

func (genre) EnumValues() []genre { return []genre{"novel", "poem"} }

type mark int

func (*mark) EnumValues() []mark { return []mark{1, 2} }

func TestEnumAcceptsWhatTheTypeLists(t *testing.T) {
	type shelf struct {
		Genre  genre  `json:"genre" binding:"enum"`
		Grades []mark `json:"grades" binding:"dive,enum"`
		Other  *genre `json:"other" binding:"omitempty,enum"`
	}
	for body, want := range map[string]string{
		`{"genre":"poem","grades":[2,1],"other":"novel"}`: "",
		`{"genre":"song","grades":[2,3],"other":"Poem"}`:  "genre: must be one of: novel poem; grades[1]: must be one of: 1 2; other: must be one of: novel poem",
		`{"grades":[]}`: "genre: must be one of: novel poem",
	} {
		var texts []string
		for _, fe := range binding.FieldErrors(binding.JSON.BindBody([]byte(body), new(shelf))) {
			assert.Equal(t, "enum", fe.Rule)
			texts = append(texts, fe.Field+": "+fe.Message)
		}
		assert.Equal(t, want, strings.Join(texts, "; "), body)
	}
	require.PanicsWithValue(t, `dram: field F of struct { F string "binding:\"enum\"" }: the rule "enum" does not fit the type string (Bad field type string); write a rule for a string into the tag `+"`binding`", func() {
		_ = binding.Validator.ValidateStruct(&struct {
			F string `binding:"enum"`
		}{"a"})
	})
}
