package binding_test

// One table of JSON bodies and of what is said of each, whichever Go release and whichever
// engine decodes them.

import (
	stdjson "encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec/json"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lower is text that parses itself, as a value and as a key.
type lower string

func (l *lower) UnmarshalText(text []byte) error {
	if strings.ToLower(string(text)) != string(text) {
		return errors.New("must be lower case")
	}
	*l = lower(text)
	return nil
}

// deepInfo and Base are embedded: by value, by pointer, by a name.
type deepInfo struct {
	Deep struct{ Flag bool } `json:"deep"`
	Note int                 `json:"note"` // hidden by the outer one
}

// Base is exported, so that a pointer to it can be embedded.
type Base struct {
	ID   int    `json:"id"`
	Kind string `json:"kind"`
}

type embedding struct {
	deepInfo
	*Base
	Note  string             `json:"note"`
	Named Base               `json:"named"`
	Anon  struct{ X, Y int } `json:"anon"`
}

// quoting has all that the tag option string works on, and what it does not.
type quoting struct {
	Int   int     `json:"int,string"`
	Uint8 uint8   `json:"uint8,string"`
	Float float64 `json:"float,string"`
	Bool  bool    `json:"bool,string"`
	Text  string  `json:"text,string"`
	Ptr   *int64  `json:"ptr,string"`
	Even  even    `json:"even,string"`
	//lint:ignore SA5008 the option means nothing here
	List []int `json:"list,string"`
	//lint:ignore SA5008 nor here
	Obj *item          `json:"obj,string"`
	Num stdjson.Number `json:"num,string"`
}

// keyed has maps with all kinds of keys.
type keyed struct {
	Int8  map[int8]int           `json:"int8"`
	Uint  map[uint]int           `json:"uint"`
	Lower map[lower]lower        `json:"lower"`
	Nest  map[string]map[int]int `json:"nest"`
	Items map[string]*item       `json:"items"`
	Lists map[string][]bool      `json:"lists"`
}

// loose has what takes nearly everything.
type loose struct {
	Any  any                `json:"any"`
	Map  map[string]any     `json:"map"`
	Raw  stdjson.RawMessage `json:"raw"`
	Num  stdjson.Number     `json:"num"`
	Nums []stdjson.Number   `json:"nums"`
	N    int                `json:"n"`
	Text string             `json:"text"`
}

// accepted is the want of a body that an engine takes.
const accepted = "accepted"

var jsonErrors = []struct {
	name, body string
	want       string // a line for each error, or all of the error for a body that is wrong as a whole
	strict     string // the same of json.V2, where it is another one
	into       any    // default &everything{}
	unknown    bool   // EnableDecoderDisallowUnknownFields
	numbers    bool   // EnableDecoderUseNumber
}{
	{name: "the top", body: `[]`,
		want: `dram: json body: must be an object (type=object)`},
	{name: "a string for the top", body: `"x"`,
		want: `dram: json body: must be an object (type=object)`},
	{name: "two fields", body: `{"name":1,"age":"x"}`,
		want: "name: must be a string\nage: must be an integer"},
	{name: "the rules of the others", body: `{"age":"x","opt":1,"items":[{"qty":0,"price":"a"},{"qty":0}]}`,
		want: "age: must be an integer\nitems[0].price: must be a number\nname: is required\nitems[0].qty: must be at least 1\nitems[1].qty: must be at least 1\nopt: must be at least 3"},
	{name: "no rule of what is wrong", body: `{"name":"a","items":"x","opt":"y"}`,
		want: "items: must be an array\nopt: must be an integer"},
	{name: "an element", body: `{"name":"a","items":[{"qty":1},{"qty":2},{"qty":1,"price":"x"}]}`,
		want: "items[2].price: must be a number"},
	{name: "an element that is none", body: `{"name":"a","items":[1,[],{"qty":1}]}`,
		want: "items[0]: must be an object\nitems[1]: must be an object"},
	{name: "an array's element", body: `{"name":"a","pair":[1,"x","too much"]}`,
		want: "pair[1]: must be an integer"},
	{name: "a map's value", body: `{"name":"a","meta":{"k":"x","l":1,"m":null}}`,
		want: "meta[k]: must be an integer"},
	{name: "a map's key", body: `{"name":"a","by_id":{"x":"y","1":2}}`,
		want: "by_id[x]: must be an integer\nby_id[1]: must be a string"},
	{name: "a fraction", body: `{"name":"a","age":1.5}`,
		want: "age: must be an integer"},
	{name: "beyond the type", body: `{"name":"a","small":300}`,
		want: "small: must be an integer between -128 and 127"},
	{name: "negative", body: `{"name":"a","uint":-1,"items":[{"qty":-1}]}`,
		want: "uint: must not be negative\nitems[0].qty: must not be negative"},
	{name: "too large for a float", body: `{"name":"a","items":[{"qty":1,"price":1e99}]}`,
		want: "items[0].price: is out of range"},
	{name: "too large for an any", body: `{"name":"a","any":{"x":[1e999]}}`,
		want: "any: has a number that is out of range"},
	{name: "bool", body: `{"name":"a","on":"true"}`,
		want: "on: must be a boolean"},
	{name: "a time", body: `{"name":"a","when":"yesterday"}`,
		want: "when: must be a time"},
	{name: "a number for a time", body: `{"name":"a","when":1}`,
		want: "when: must be a time"},
	{name: "text that parses itself", body: `{"name":"a","addr":"x"}`,
		want: "addr: must be an IP address"},
	{name: "an object for text", body: `{"name":"a","addr":{"a":[1]},"age":"x"}`,
		want: "addr: must be an IP address\nage: must be an integer"},
	{name: "base64", body: `{"name":"a","bytes":"%"}`,
		want: "bytes: must be text in base64"},
	{name: "base64 in lists, maps and pointers", body: `{"a":5,"b":["%",[1]],"c":{"k":true},"d":"x"}`, into: &struct {
		A *[]byte           `json:"a"`
		B [][]byte          `json:"b"`
		C map[string][]byte `json:"c"`
		D [2]byte           `json:"d"`
	}{}, want: "a: must be text in base64\nb[0]: must be text in base64\nc[k]: must be text in base64\nd: must be an array"},
	{name: "a duration, which JSON has no text for", body: `{"a":"5s","b":1.5,"c":["1m"]}`, into: &struct {
		A time.Duration   `json:"a"`
		B *time.Duration  `json:"b"`
		C []time.Duration `json:"c"`
	}{}, want: "a: must be an integer, in nanoseconds\nb: must be an integer, in nanoseconds\nc[0]: must be an integer, in nanoseconds"},
	{name: "json.Number", body: `{"name":"a","number":true}`,
		want: "number: must be a number"},
	{name: "in a string", body: `{"name":"a","quoted":1}`,
		want: "quoted: must be an integer in a string"},
	{name: "not in a string", body: `{"name":"a","quoted":"x"}`,
		want: "quoted: must be an integer in a string"},
	{name: "in an Optional", body: `{"name":"a","opt":"x","opt_list":[{"qty":"y"}]}`,
		want: "opt: must be an integer\nopt_list[0].qty: must be an integer"},
	{name: "in a type that decodes itself", body: `{"name":"a","aliased":{"n":"x","deep":{"b":[true,1]}}}`,
		want: "aliased.n: must be an integer\naliased.deep.b[1]: must be a boolean"},
	{name: "its own words", body: `{"name":"a","even":3}`,
		want: "even: is not valid"},
	{name: "not encoding/json's words", body: `{"name":"a","even":"x"}`,
		want: "even: must be an integer"},
	{name: "an embedded struct", body: `{"name":"a","note":1}`,
		want: "note: must be a string"},
	{name: "in another case", body: `{"NAME":"x","AGE":"x","name":"a"}`,
		want: "Name: must be an integer\nage: must be an integer", strict: accepted},
	{name: "behind pointers", body: `{"name":"a","ptr":{"qty":"x"},"on":[]}`,
		want: "ptr.qty: must be an integer\non: must be a boolean"},
	{name: "a type of itself", body: `{"name":"a","self":[{"name":"b","age":"x"},null,{"name":1}]}`,
		want: "self[0].age: must be an integer\nself[2].name: must be a string"},
	{name: "keys that nobody takes", body: `{"name":"a","unknown":{"age":"x"},"Hidden":1,"-":2,"age":true}`,
		want: "age: must be an integer"},
	{name: "a key twice", body: `{"name":1,"name":"a"}`,
		want: "name: must be a string", strict: "name: must be a string\nname: is there more than once"},
	{name: "white space", body: " {\n\t\"age\" : \"x\" ,\r\n\"name\":\"a\"} ",
		want: "age: must be an integer"},
	{name: "escapes", body: `{"\u006eame":1}`,
		want: "name: must be a string"},

	{name: "no body", body: "", want: `dram: json body: must not be empty (required)`},
	{name: "white space only", body: "\t\r\n ", want: `dram: json body: must not be empty (required)`},
	{name: "a body of nul", body: "nul", want: `dram: json body: is cut off (syntax)`},
	{name: "a value of nul", body: `{"name":nul}`, want: `dram: json body: is not valid JSON (syntax)`},
	{name: "null with more", body: `nulll`, want: `dram: json body: must be a single JSON value; there is more behind it (syntax)`},
	{name: "cut off in an object", body: `{"name":"a",`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off in a name", body: `{"na`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off before a value", body: `{"name":`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off in a string", body: `{"name":"a`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off in an escape", body: `{"name":"\u12`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off in a number", body: `{"age":1e`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off in an array", body: `[{"name":"a"}`, want: `dram: json body: is cut off (syntax)`},
	{name: "cut off before a type is wrong", body: `{"name":1,"age":"x"`, want: `dram: json body: is cut off (syntax)`},
	{name: "a second value", body: `{"name":"a"} {}`, want: `dram: json body: must be a single JSON value; there is more behind it (syntax)`},
	{name: "a bracket too many", body: `{"name":"a"}}`, want: `dram: json body: must be a single JSON value; there is more behind it (syntax)`},
	{name: "garbage behind a wrong type", body: `{"name":1}x`, want: `dram: json body: must be a single JSON value; there is more behind it (syntax)`},
	{name: "a trailing comma", body: `{"name":"a",}`, want: `dram: json body: is not valid JSON (syntax)`},
	{name: "a leading zero", body: `{"age":01}`, want: `dram: json body: is not valid JSON (syntax)`},
	{name: "no digit after the point", body: `{"age":1.}`, want: `dram: json body: is not valid JSON (syntax)`},
	{name: "NaN", body: `{"age":NaN}`, want: `dram: json body: is not valid JSON (syntax)`},
	{name: "a control character in a string", body: "{\"name\":\"a\tb\"}", want: `dram: json body: is not valid JSON (syntax)`},
	{name: "an unknown escape", body: `{"name":"\x41"}`, want: `dram: json body: is not valid JSON (syntax)`},
	{name: "a byte order mark", body: "\ufeff{}", want: `dram: json body: is not valid JSON (syntax)`},
	{name: "a comment", body: "{} // b", want: `dram: json body: must be a single JSON value; there is more behind it (syntax)`},
	{name: "deeper than any value", body: strings.Repeat("[", 100_000), want: `dram: json body: is not valid JSON (syntax)`},
	{name: "deeper than any value, unknown", body: `{"x":` + strings.Repeat(`{"a":`, 100_000), want: `dram: json body: is not valid JSON (syntax)`},
	{name: "deep where a number should be", body: `{"name":"a","age":` + strings.Repeat("[", 9000) + strings.Repeat("]", 9000) + `}`,
		want: "age: must be an integer"},

	{name: "a huge integer", body: `{"name":"a","age":` + strings.Repeat("9", 100) + `}`, want: "age: must be an integer between -9223372036854775808 and 9223372036854775807"},
	{name: "an exponent in an integer", body: `{"name":"a","age":1e2}`, want: "age: must be an integer"},
	{name: "an integer with a point", body: `{"name":"a","age":1.0}`, want: "age: must be an integer"},
	{name: "a huge unsigned integer", body: `{"name":"a","uint":18446744073709551616}`, want: "uint: must be an integer between 0 and 18446744073709551615"},
	{name: "bytes beyond 255", body: `{"name":"a","bytes":[1,256]}`, want: "bytes[1]: must be an integer between 0 and 255"},

	{name: "embedded by value", into: &embedding{}, body: `{"deep":{"Flag":1},"note":2}`, want: "deep.Flag: must be a boolean\nnote: must be a string"},
	{name: "embedded by pointer", into: &embedding{}, body: `{"id":"x","kind":1}`, want: "id: must be an integer\nkind: must be a string"},
	{name: "embedded by a name", into: &embedding{}, body: `{"named":{"id":"x"},"anon":{"X":"a","Y":[]}}`,
		want: "named.id: must be an integer\nanon.X: must be an integer\nanon.Y: must be an integer"},
	{name: "embedded, unknown", unknown: true, into: &embedding{}, body: `{"id":1,"Base":{},"named":{"no":1},"anon":{"Z":[{}]}}`,
		want: "Base: is not known\nnamed.no: is not known\nanon.Z: is not known"},

	{name: "not quoted", into: &quoting{}, body: `{"int":1,"float":1.5,"bool":true,"ptr":1}`,
		want: "int: must be an integer in a string\nfloat: must be a number in a string\nbool: must be a boolean in a string\nptr: must be an integer in a string"},
	{name: "quoted, not the type", into: &quoting{}, body: `{"int":"x","uint8":"256","float":"","bool":"1","text":"x"}`,
		want: "int: must be an integer in a string\nuint8: must be an integer in a string\nfloat: must be a number in a string\nbool: must be a boolean in a string\ntext: must be a string in a string"},
	{name: "quoted, white space in it", into: &quoting{}, body: `{"int":" 1","uint8":"1 "}`,
		want: "int: must be an integer in a string\nuint8: must be an integer in a string"},
	{name: "quoted, objects and arrays", into: &quoting{}, body: `{"int":{"a":[1]},"ptr":["1"],"bool":"[]"}`,
		want: "int: must be an integer in a string\nptr: must be an integer in a string\nbool: must be a boolean in a string"},
	{name: "quoted where that means nothing", into: &quoting{}, body: `{"list":"[1]","obj":{"qty":"x"}}`, want: "list: must be an array\nobj.qty: must be an integer"},
	{name: "quoted null and absent", into: &quoting{}, body: `{"int":null,"ptr":null,"text":1}`, want: "text: must be a string in a string"},
	{name: "a quoted json.Number", into: &quoting{}, body: `{"num":"x"}`, want: "num: must be a number in a string"},

	{name: "keys out of range", into: &keyed{}, body: `{"int8":{"128":1,"1":1},"uint":{"-1":1,"x":2}}`,
		want: "int8[128]: must be an integer between -128 and 127\nuint[-1]: must not be negative\nuint[x]: must be an integer"},
	{name: "keys and values that parse themselves", into: &keyed{}, body: `{"lower":{"A":"b","c":"D","e":1}}`,
		want: "lower[A]: must be a lower\nlower[c]: is not valid\nlower[e]: must be a lower"},
	{name: "maps of maps, lists and pointers", into: &keyed{}, body: `{"nest":{"a":{"x":1,"1":"y"},"b":[]},"items":{"i":{"qty":[]},"j":null,"k":1},"lists":{"l":[true,"x",0]}}`,
		want: "nest[a][x]: must be an integer\nnest[a][1]: must be an integer\nnest[b]: must be an object\nitems[i].qty: must be an integer\nitems[k]: must be an object\nlists[l][1]: must be a boolean\nlists[l][2]: must be a boolean"},

	{name: "json.Number", into: &loose{}, body: `{"num":"x","nums":[1,"2","03","NaN","0x1","1 ","",true,"1e999"]}`,
		want: "num: must be a number\nnums[2]: must be a number\nnums[3]: must be a number\nnums[4]: must be a number\nnums[5]: must be a number\nnums[6]: must be a number\nnums[7]: must be a number"},
	{name: "only a json.Number", into: &loose{}, body: `{"num":"+1"}`, want: "num: must be a number"},
	{name: "any beyond a float64", into: &loose{}, body: `{"any":1e999,"map":{"a":-1e999},"raw":1e999}`, want: "any: has a number that is out of range\nmap[a]: has a number that is out of range"},
	{name: "any beyond a float64 as json.Number", numbers: true, into: &loose{}, body: `{"any":1e999,"map":{"a":-1e999},"n":"x"}`, want: "n: must be an integer"},
	{name: "json.Number and what is unknown", numbers: true, unknown: true, into: &loose{}, body: `{"any":1e999,"none":1e999,"n":"x"}`, want: "none: is not known\nn: must be an integer"},
	{name: "unknown, and a wrong type", unknown: true, body: `{"name":1,"nick":"b","items":[{"qty":1,"x":{"y":1}}]}`, want: "name: must be a string\nnick: is not known\nitems[0].x: is not known"},
	{name: "unknown in maps and Optionals", unknown: true, body: `{"name":"a","opt_list":[{"qty":1,"x":1}],"self":[{"name":"b","z":1}]}`, want: "opt_list[0].x: is not known\nself[0].z: is not known"},

	{name: "a name in another case", into: &loose{}, body: `{"N":"x","tExT":1,"num":"y"}`,
		want: "n: must be an integer\ntext: must be a string\nnum: must be a number", strict: "num: must be a number"},
	{name: "a name in another case, unknown", unknown: true, into: &loose{}, body: `{"N":1,"num":"y"}`,
		want: "num: must be a number", strict: "N: is not known\nnum: must be a number"},
	{name: "a name twice", into: &loose{}, body: `{"n":"x","n":1}`, want: "n: must be an integer", strict: "n: must be an integer\nn: is there more than once"},
	{name: "a name twice in what nobody takes", into: &loose{}, body: `{"x":[{},{"y":1,"y":2}],"map":{"a":{"b":1,"b":2}},"raw":{"c":1,"c":1},"n":"x"}`,
		want: "n: must be an integer", strict: "x[1].y: is there more than once\nmap[a].b: is there more than once\nraw.c: is there more than once\nn: must be an integer"},
	{name: "a name twice in a map", into: &keyed{}, body: `{"lower":{"a":"b","a":"C"}}`, want: "lower[a]: is not valid",
		strict: "lower[a]: is there more than once\nlower[a]: is not valid"},
	{name: "not UTF-8", into: &loose{}, body: "{\"text\":\"a\xff\",\"any\":[\"\xc3\"],\"n\":\"x\"}", want: "n: must be an integer",
		strict: "text: has text that is not UTF-8\nany[0]: has text that is not UTF-8\nn: must be an integer"},
	{name: "half a surrogate pair", into: &loose{}, body: `{"text":"\ud800","any":"\ufffd","n":"x"}`, want: "n: must be an integer",
		strict: "text: has text that is not UTF-8\nn: must be an integer"},
	{name: "a name that is not UTF-8", into: &keyed{}, body: "{\"lists\":{\"\xff\":[1]}}", want: "lists[\ufffd][0]: must be a boolean",
		strict: "lists: has text that is not UTF-8\nlists[\ufffd][0]: must be a boolean"},
}

// engines are those that a program may have; the file for Go 1.27 adds json.V2.
var engines = map[string]json.Core{"encoding/json": json.API, "terse": &terse{json.API}}

func TestEveryWrongJSONType(t *testing.T) {
	for engine, api := range engines {
		for _, tt := range jsonErrors {
			t.Run(engine+"/"+tt.name, func(t *testing.T) {
				binding.EnableDecoderDisallowUnknownFields, binding.EnableDecoderUseNumber = tt.unknown, tt.numbers
				standard := json.API
				json.API = api
				defer func() {
					json.API = standard
					binding.EnableDecoderDisallowUnknownFields, binding.EnableDecoderUseNumber = false, false
				}()
				into := tt.into
				if into == nil {
					into = &everything{}
				}
				want := tt.want
				if engine == "json.V2" && tt.strict != "" {
					want = tt.strict
				}
				err := binding.JSON.BindBody([]byte(tt.body), into)
				if want == accepted {
					require.NoError(t, err)
					return
				}
				require.IsType(t, binding.Errors{}, err)
				var lines []string
				for _, fe := range err.(binding.Errors) {
					assert.Equal(t, "json", fe.Source)
					lines = append(lines, fe.Field+": "+fe.Message)
				}
				if strings.HasPrefix(want, "dram: ") {
					assert.Equal(t, want, err.Error())
				} else {
					assert.Equal(t, want, strings.Join(lines, "\n"))
				}
				assert.NotContains(t, err.Error(), "Go ")
				assert.Equal(t, binding.FieldErrors(err), err)
			})
		}
	}
}
