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

// Every value of a wrong type is reported under the path that the client knows, whatever
// Go release and whatever engine decodes.
func TestEveryWrongJSONType(t *testing.T) {
	tests := []struct{ name, body, want string }{
		{"the top", `[]`, `dram: json body: must be an object (type=object)`},
		{"a string for the top", `"x"`, `dram: json body: must be an object (type=object)`},
		{"two fields", `{"name":1,"age":"x"}`, "name: must be a string\nage: must be an integer"},
		{"the rules of the others", `{"age":"x","opt":1,"items":[{"qty":0,"price":"a"},{"qty":0}]}`,
			"age: must be an integer\nitems[0].price: must be a number\nname: is required\nitems[0].qty: must be at least 1\nitems[1].qty: must be at least 1\nopt: must be at least 3"},
		{"no rule of what is wrong", `{"name":"a","items":"x","opt":"y"}`, "items: must be an array\nopt: must be an integer"},
		{"an element", `{"name":"a","items":[{"qty":1},{"qty":2},{"qty":1,"price":"x"}]}`, "items[2].price: must be a number"},
		{"an element that is none", `{"name":"a","items":[1,[],{"qty":1}]}`, "items[0]: must be an object\nitems[1]: must be an object"},
		{"an array's element", `{"name":"a","pair":[1,"x","too much"]}`, "pair[1]: must be an integer"},
		{"a map's value", `{"name":"a","meta":{"k":"x","l":1,"m":null}}`, "meta[k]: must be an integer"},
		{"a map's key", `{"name":"a","by_id":{"x":"y","1":2}}`, "by_id[x]: must be an integer\nby_id[1]: must be a string"},
		{"a fraction", `{"name":"a","age":1.5}`, "age: must be an integer"},
		{"beyond the type", `{"name":"a","small":300}`, "small: must be an integer between -128 and 127"},
		{"negative", `{"name":"a","uint":-1,"items":[{"qty":-1}]}`, "uint: must not be negative\nitems[0].qty: must not be negative"},
		{"too large for a float", `{"name":"a","items":[{"qty":1,"price":1e99}]}`, "items[0].price: is out of range"},
		{"too large for an any", `{"name":"a","any":{"x":[1e999]}}`, "any: has a number that is out of range"},
		{"bool", `{"name":"a","on":"true"}`, "on: must be a boolean"},
		{"a time", `{"name":"a","when":"yesterday"}`, "when: must be a time"},
		{"a number for a time", `{"name":"a","when":1}`, "when: must be a time"},
		{"text that parses itself", `{"name":"a","addr":"x"}`, "addr: is not valid: ParseAddr(\"x\"): unable to parse IP"},
		{"an object for text", `{"name":"a","addr":{"a":[1]},"age":"x"}`, "addr: must be an addr\nage: must be an integer"},
		{"base64", `{"name":"a","bytes":"%"}`, "bytes: must be an array"},
		{"json.Number", `{"name":"a","number":true}`, "number: must be a number"},
		{"in a string", `{"name":"a","quoted":1}`, "quoted: must be an integer in a string"},
		{"not in a string", `{"name":"a","quoted":"x"}`, "quoted: must be an integer in a string"},
		{"in an Optional", `{"name":"a","opt":"x","opt_list":[{"qty":"y"}]}`, "opt: must be an integer\nopt_list[0].qty: must be an integer"},
		{"in a type that decodes itself", `{"name":"a","aliased":{"n":"x","deep":{"b":[true,1]}}}`, "aliased.n: must be an integer\naliased.deep.b[1]: must be a boolean"},
		{"its own words", `{"name":"a","even":3}`, "even: is not valid: must be even"},
		{"not encoding/json's words", `{"name":"a","even":"x"}`, "even: must be an integer"},
		{"an embedded struct", `{"name":"a","note":1}`, "note: must be a string"},
		{"in another case", `{"NAME":"x","AGE":"x","name":"a"}`, "Name: must be an integer\nage: must be an integer"},
		{"behind pointers", `{"name":"a","ptr":{"qty":"x"},"on":[]}`, "ptr.qty: must be an integer\non: must be a boolean"},
		{"a type of itself", `{"name":"a","self":[{"name":"b","age":"x"},null,{"name":1}]}`, "self[0].age: must be an integer\nself[2].name: must be a string"},
		{"keys that nobody takes", `{"name":"a","unknown":{"age":"x"},"Hidden":1,"-":2,"age":true}`, "age: must be an integer"},
		{"a key twice", `{"name":1,"name":"a"}`, "name: must be a string"},
		{"white space", " {\n\t\"age\" : \"x\" ,\r\n\"name\":\"a\"} ", "age: must be an integer"},
		{"escapes", `{"\u006eame":1}`, "name: must be a string"},
	}
	engines := map[string]json.Core{"standard": json.API, "another": &terse{json.API}}
	for engine, api := range engines {
		for _, tt := range tests {
			t.Run(engine+"/"+tt.name, func(t *testing.T) {
				standard := json.API
				json.API = api
				defer func() { json.API = standard }()
				err := binding.JSON.BindBody([]byte(tt.body), &everything{})
				require.IsType(t, binding.Errors{}, err)
				var lines []string
				for _, fe := range err.(binding.Errors) {
					assert.Equal(t, "json", fe.Source)
					lines = append(lines, fe.Field+": "+fe.Message)
				}
				if strings.HasPrefix(tt.want, "dram: ") {
					assert.Equal(t, tt.want, err.Error())
				} else {
					assert.Equal(t, tt.want, strings.Join(lines, "\n"))
				}
				assert.NotContains(t, err.Error(), "Go ")
				assert.Equal(t, binding.FieldErrors(err), err)
			})
		}
	}
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

func TestUnknownJSONFields(t *testing.T) {
	binding.EnableDecoderDisallowUnknownFields = true
	defer func() { binding.EnableDecoderDisallowUnknownFields = false }()
	var d struct {
		Items []item
		Opt   binding.Optional[item]
	}
	err := binding.JSON.BindBody([]byte(`{"Items":[{"qty":1,"nick":{"a":1}}],"opt":{"x":1},"y":[]}`), &d)
	assert.EqualError(t, err, `dram: json "Items[0].nick": is not known (unknown)
dram: json "Opt.x": is not known (unknown)
dram: json "y": is not known (unknown)`)
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
	var l lists
	assert.Len(t, binding.FieldErrors(binding.JSON.BindBody([]byte(strings.Repeat(`[`, 9_000)+`1`+strings.Repeat(`]`, 9_000)), &l)), 1)
}
