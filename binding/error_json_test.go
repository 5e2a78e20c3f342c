package binding_test

import (
	stdjson "encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// aliased decodes itself as many types do: through an alias without the method.
type aliased struct {
	N    int `json:"n"`
	Deep struct {
		B []bool `json:"b"`
	} `json:"deep"`
}

func (a *aliased) UnmarshalJSON(data []byte) error {
	type plain aliased
	return stdjson.Unmarshal(data, (*plain)(a))
}

// even parses itself and has words of its own.
type even int

func (e *even) UnmarshalJSON(data []byte) error {
	var n int
	if err := stdjson.Unmarshal(data, &n); err != nil {
		return fmt.Errorf("even: %w", err)
	}
	if n%2 != 0 {
		return errors.New("must be even")
	}
	*e = even(n)
	return nil
}

type embeddedInfo struct {
	Note string `json:"note"`
	Name int    // hidden by the outer one
}

type item struct {
	Price float32 `json:"price"`
	Qty   uint8   `json:"qty" binding:"min=1"`
}

type everything struct {
	embeddedInfo
	Name    string                              `json:"name" binding:"required"`
	Age     int                                 `json:"age"`
	Small   int8                                `json:"small"`
	Uint    uint                                `json:"uint"`
	On      *bool                               `json:"on"`
	Items   []item                              `json:"items" binding:"max=3,dive"`
	Pair    [2]int                              `json:"pair"`
	Meta    map[string]int                      `json:"meta"`
	ByID    map[int]string                      `json:"by_id"`
	When    time.Time                           `json:"when"`
	Addr    netip.Addr                          `json:"addr"`
	Level   slog.Level                          `json:"level"`
	Bytes   []byte                              `json:"bytes"`
	Number  stdjson.Number                      `json:"number"`
	Quoted  int                                 `json:"quoted,string"`
	Any     any                                 `json:"any"`
	Opt     binding.Optional[int]               `json:"opt" binding:"omitnil,min=3"`
	OptList binding.Optional[[]item]            `json:"opt_list"`
	Aliased aliased                             `json:"aliased"`
	Even    even                                `json:"even"`
	Ptr     **item                              `json:"ptr"`
	Self    []*everything                       `json:"self"`
	Hidden  string                              `json:"-"`
	Texts   map[netip.Addr][]stdjson.RawMessage `json:"texts"`
}

// terse is an engine with errors of its own, which say nothing.
type terse struct{ json.Core }

var errTerse = errors.New("no")

func (e *terse) Unmarshal(data []byte, v any) error {
	if e.Core.Unmarshal(data, v) != nil {
		return errTerse
	}
	return nil
}

func TestWrongJSONTypeIsAnUnmarshalTypeError(t *testing.T) {
	var wrongType *stdjson.UnmarshalTypeError
	require.ErrorAs(t, binding.JSON.BindBody([]byte(`{"name":"a","items":[{"price":"x"}]}`), &everything{}), &wrongType)
	assert.Equal(t, "items[0].price", wrongType.Field)
	assert.Equal(t, "string", wrongType.Value)
}

func TestBodiesThatCannotBeDecoded(t *testing.T) {
	tests := []struct {
		b          binding.BindingBody
		body, want string
		is         error
	}{
		{binding.JSON, "", "dram: json body: must not be empty (required)", io.EOF},
		{binding.JSON, " \n", "dram: json body: must not be empty (required)", io.EOF},
		{binding.JSON, "{", "dram: json body: is cut off (syntax)", io.ErrUnexpectedEOF},
		{binding.JSON, `{"name":"a`, "dram: json body: is cut off (syntax)", io.ErrUnexpectedEOF},
		{binding.JSON, `{"name":"a"}x`, "dram: json body: must be a single JSON value; there is more behind it (syntax)", nil},
		{binding.JSON, `{"name":"a"} {}`, "dram: json body: must be a single JSON value; there is more behind it (syntax)", nil},
		{binding.JSON, "{name:1}", "dram: json body: is not valid JSON (syntax)", nil},
		{binding.JSON, "nul", "dram: json body: is cut off (syntax)", nil},
		{binding.JSON, "name=a", "dram: json body: is not valid JSON (syntax)", nil},
		{binding.JSON, strings.Repeat("[", 100_000), "dram: json body: is not valid JSON (syntax)", nil},
		{binding.XML, "", "dram: xml body: must not be empty (required)", io.EOF},
		{binding.XML, "<a", "dram: xml body: cannot be decoded as xml (syntax): XML syntax error on line 1: unexpected EOF", nil},
		{binding.YAML, "{", "dram: yaml body: cannot be decoded as yaml (syntax): unexpected end of JSON input", nil},
	}
	for _, tt := range tests {
		t.Run(tt.b.Name()+" "+tt.body[:min(len(tt.body), 20)], func(t *testing.T) {
			err := tt.b.BindBody([]byte(tt.body), &user{})
			require.EqualError(t, err, tt.want)
			require.Len(t, binding.FieldErrors(err), 1)
			if tt.is != nil {
				assert.ErrorIs(t, err, tt.is)
			}
		})
	}
	for _, form := range []binding.Binding{binding.Form, binding.FormPost} {
		err := form.Bind(bodyRequest(binding.MIMEPOSTForm, "a=%zz"), &user{})
		assert.EqualError(t, err, `dram: form body: cannot be decoded as form (syntax): invalid URL escape "%zz"`)
		assert.Len(t, binding.FieldErrors(err), 1)
	}
}

func TestJSONIntoNothing(t *testing.T) {
	for _, obj := range []any{nil, everything{}, (*everything)(nil)} {
		err := binding.JSON.BindBody([]byte(`{}`), obj)
		require.Error(t, err)
		assert.Nil(t, binding.FieldErrors(err), "%T: a mistake of the program", obj)
	}
}

func TestJSONIntoListsAndMaps(t *testing.T) {
	for body, want := range map[string]string{
		`[{"name":"a"},1,{"name":2}]`: "dram: json \"[1]\": must be an object (type=object)\ndram: json \"[2].name\": must be a string (type=string)",
		`{}`:                          "dram: json body: must be an array (type=array)",
	} {
		assert.EqualError(t, binding.JSON.BindBody([]byte(body), &[]user{}), want)
	}
	err := binding.JSON.BindBody([]byte(`{"a":{"name":1},"b":[]}`), &map[string]user{})
	assert.EqualError(t, err, "dram: json \"a.name\": must be a string (type=string)\ndram: json \"b\": must be an object (type=object)")
	assert.EqualError(t, binding.JSON.BindBody([]byte(`"x"`), new(int)), "dram: json body: must be an integer (type=integer)")

	var tooDeep []tree
	err = binding.JSON.BindBody([]byte(`[`+strings.Repeat(`{"n":"a","x":`, 300)+`{"n":"a"}`+strings.Repeat(`}`, 300)+`]`), &tooDeep)
	assert.EqualError(t, binding.FieldErrors(err), `dram: json "[0]": is nested more than 256 levels deep (max=256)`)
	assert.ErrorIs(t, err, binding.ErrTooDeep)
}

// Errors of a hostile body are bounded, and take no more than linear time.
func TestHostileJSON(t *testing.T) {
	wrong := strings.Repeat(`{"name":1,"self":[`, 300) + strings.Repeat(`]}`, 300)
	assert.Len(t, binding.FieldErrors(binding.JSON.BindBody([]byte(wrong), &everything{})), 300+1, "and it is too deep")
	many := `{"meta":{"a":"` + strings.Repeat(`","b":"`, 50_000) + `"}}`
	assert.Len(t, binding.FieldErrors(binding.JSON.BindBody([]byte(many), &everything{})), 1000)
	deep := strings.Repeat(`[`, 9_000) + strings.Repeat(`]`, 9_000)
	assert.Len(t, binding.FieldErrors(binding.JSON.BindBody([]byte(`{"name":"a","age":`+deep+`}`), &everything{})), 1)
	long := `{"` + strings.Repeat("k", 1<<20) + `":{` + strings.Repeat(`"a":"x",`, 1000) + `"b":1}}`
	assert.Len(t, binding.FieldErrors(binding.JSON.BindBody([]byte(long), &map[string]map[string]int{})), 1, "a path of 1 MiB is not repeated")
	nested := strings.Repeat(`{"kkkkkkkk":`, 3_000) + `{` + strings.Repeat(`"a":1,`, 30_000) + `"b":1}` + strings.Repeat(`}`, 3_000)
	assert.Equal(t, 35, len(binding.FieldErrors(binding.JSON.BindBody([]byte(nested), &nest{}))), "paths of 30 kB each")
	var l lists
	assert.Len(t, binding.FieldErrors(binding.JSON.BindBody([]byte(strings.Repeat(`[`, 9_000)+`1`+strings.Repeat(`]`, 9_000)), &l)), 1)
}

// nest is a map that the client nests as deep as it likes.
type nest map[string]nest

func TestLongestPath(t *testing.T) {
	for body, want := range map[string]int{
		``:                               0,
		`{}`:                             0,
		`["aaaaaaaaaaaa"]`:               0,
		`{"ab":1,"c":2}`:                 3,
		`{"ab":{"c":{}},"defg":1}`:       5,
		`{"a":[{"bc":1},{"def":"ghi"}]}`: 6,
		`{"a\"b":{"\\":"}{:"},"c":1}`:    8,
		`{"a":{"b":1}}}}}}:"abc":{`:      4,
		`{"abc`:                          0,
		`{"abc\`:                         0,
	} {
		assert.Equal(t, want, binding.LongestPath([]byte(body)), body)
	}
}
