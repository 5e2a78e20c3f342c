package binding_test

import (
	"encoding"
	"fmt"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/dram-go/dram/binding"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type (
	// promoted has the methods of slog.Level, and a field that they do not know.
	promoted struct {
		slog.Level
		Size int `form:"size" uri:"size" header:"size"`
	}
	// promotedPointer has them by a pointer.
	promotedPointer struct {
		*hex
		Size int `form:"size"`
	}
	// promotedTwice has them from two levels below.
	promotedTwice struct {
		promoted
		Color string `form:"color"`
	}
	// around is nothing but the type that it embeds.
	around struct{ time.Time }
	// aroundPromoted embeds a struct that has fields of its own.
	aroundPromoted struct{ promoted }
	// aroundPointer and aroundInterface have methods of something that is nil.
	aroundPointer   struct{ *time.Time }
	aroundInterface struct{ encoding.TextUnmarshaler }
	// aroundOptional is nothing but an Optional.
	aroundOptional struct{ binding.Optional[int] }
	// own has a method of its own beside the embedded one.
	own struct {
		time.Time
		Size int `form:"size"`
	}
	// generic parses itself and embeds nothing.
	generic[T any] struct{ From, To T }
	// optionalInside embeds an Optional.
	optionalInside struct {
		binding.Optional[int]
		Size int `form:"size"`
	}
)

func (o *own) UnmarshalText(text []byte) error {
	o.Size = len(text)
	return nil
}

func (g *generic[T]) UnmarshalText(text []byte) error {
	_, err := fmt.Sscanf(string(text), "%v-%v", &g.From, &g.To)
	return err
}

// An embedded type that parses itself does not hide the other fields of its struct.
func TestPromotedMethods(t *testing.T) {
	tests := []struct {
		name string
		dest any
		form form
		want func(t *testing.T, dest any)
	}{
		{"embedded", new(struct{ promoted }), form{"Level": {"WARN"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, promoted{slog.LevelWarn, 9}, dest.(*struct{ promoted }).promoted)
		}},
		{"a field", new(struct{ P promoted }), form{"Level": {"WARN"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, promoted{slog.LevelWarn, 9}, dest.(*struct{ P promoted }).P)
		}},
		{"a pointer", new(struct{ P *promoted }), form{"Level": {"WARN"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, &promoted{slog.LevelWarn, 9}, dest.(*struct{ P *promoted }).P)
		}},
		{"the struct itself", new(promoted), form{"Level": {"WARN"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, &promoted{slog.LevelWarn, 9}, dest)
		}},
		{"without a name", new(struct {
			P struct {
				slog.Level
				Size int `form:"size"`
			}
		}), form{"Level": {"WARN"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.EqualValues(t, 9, reflect.ValueOf(dest).Elem().Field(0).Field(1).Int())
			assert.EqualValues(t, 4, reflect.ValueOf(dest).Elem().Field(0).Field(0).Int())
		}},
		{"by a pointer", new(struct{ P promotedPointer }), form{"size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, 9, dest.(*struct{ P promotedPointer }).P.Size)
		}},
		{"twice", new(struct{ P promotedTwice }), form{"Level": {"WARN"}, "size": {"9"}, "color": {"red"}}, func(t *testing.T, dest any) {
			assert.Equal(t, promotedTwice{promoted{slog.LevelWarn, 9}, "red"}, dest.(*struct{ P promotedTwice }).P)
		}},
		{"around such a struct", new(struct{ P aroundPromoted }), form{"Level": {"WARN"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, promoted{slog.LevelWarn, 9}, dest.(*struct{ P aroundPromoted }).P.promoted)
		}},
		{"nothing else is lost: one value", new(struct{ P around }), form{"P": {"2024-02-29T00:00:00Z"}}, func(t *testing.T, dest any) {
			assert.Equal(t, 2024, dest.(*struct{ P around }).P.Year())
		}},
		{"a method of its own: one value", new(struct{ P own }), form{"P": {"four"}}, func(t *testing.T, dest any) {
			assert.Equal(t, 4, dest.(*struct{ P own }).P.Size)
		}},
		{"generic: one value", new(struct{ P generic[int] }), form{"P": {"1-2"}}, func(t *testing.T, dest any) {
			assert.Equal(t, generic[int]{1, 2}, dest.(*struct{ P generic[int] }).P)
		}},
		{"around a pointer", new(struct{ P aroundPointer }), form{"Time": {"2024-02-29T00:00:00Z"}}, func(t *testing.T, dest any) {
			assert.Equal(t, 2024, dest.(*struct{ P aroundPointer }).P.Year())
		}},
		{"around an Optional", new(struct{ P aroundOptional }), form{"P": {"3"}}, func(t *testing.T, dest any) {
			assert.Equal(t, binding.Some(3), dest.(*struct{ P aroundOptional }).P.Optional)
		}},
		{"an Optional", new(struct{ P optionalInside }), form{"Optional": {"3"}, "size": {"9"}}, func(t *testing.T, dest any) {
			assert.Equal(t, optionalInside{binding.Some(3), 9}, dest.(*struct{ P optionalInside }).P)
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			require.NoError(t, mapForm(tt.dest, tt.form))
			tt.want(t, tt.dest)
		})
	}
	t.Run("around an interface", func(t *testing.T) {
		var d struct{ P aroundInterface }
		err := mapForm(&d, form{"P": {"{}"}, "TextUnmarshaler": {"x"}})
		assert.Len(t, binding.FieldErrors(err), 1, "no panic: nobody is there to be asked")
	})
	t.Run("uri and header", func(t *testing.T) {
		var u, h struct{ P promoted }
		require.NoError(t, binding.Uri.BindUri(form{"Level": {"WARN"}, "size": {"9"}}, &u))
		require.NoError(t, binding.Header.Bind(&http.Request{Header: http.Header{"Level": {"WARN"}, "Size": {"9"}}}, &h))
		assert.Equal(t, promoted{slog.LevelWarn, 9}, u.P)
		assert.Equal(t, u, h)
	})
	// encoding/json asks the promoted method, which wants a string.
	t.Run("JSON is the engine's", func(t *testing.T) {
		var d struct{ P promoted }
		require.NoError(t, binding.JSON.BindBody([]byte(`{"P":"WARN"}`), &d))
		err := binding.JSON.BindBody([]byte(`{"P":{"Size":1}}`), &d)
		assert.Len(t, binding.FieldErrors(err), 1)
		type address struct {
			netip.Addr
			Size int
		}
		err = binding.JSON.BindBody([]byte(`{"P":{"Size":1}}`), &struct{ P address }{})
		assert.EqualError(t, err, `dram: json "P": must be a string (type=string)`)
	})
}

// plainFields are fields of every sort that a key can fill.
type plainFields struct {
	Time    time.Time         `form:"time" uri:"time" header:"time" time_format:"2006-01-02" time_utc:"1"`
	Berlin  time.Time         `form:"berlin" uri:"berlin" header:"berlin" time_format:"2006-01-02 15:04" time_location:"Europe/Berlin"`
	Unix    time.Time         `form:"unix" uri:"unix" header:"unix" time_format:"unix"`
	Micro   time.Time         `form:"micro" uri:"micro" header:"micro" time_format:"unixmicro" time_utc:"true"`
	Ptr     *time.Time        `form:"ptr" uri:"ptr" header:"ptr" time_format:"2006"`
	Times   []time.Time       `form:"times" uri:"times" header:"times" time_format:"2006" collection_format:"csv"`
	List    []int             `form:"list" uri:"list" header:"list"`
	CSV     []string          `form:"csv" uri:"csv" header:"csv" collection_format:"csv"`
	Pipes   [2]int            `form:"pipes" uri:"pipes" header:"pipes" collection_format:"pipes"`
	Dur     time.Duration     `form:"dur" uri:"dur" header:"dur"`
	Addr    netip.Addr        `form:"addr" uri:"addr" header:"addr"`
	Hex     hex               `form:"hex" uri:"hex" header:"hex"`
	Hexes   []hex             `form:"hexes" uri:"hexes" header:"hexes"`
	Text    hex               `form:"text,parser=encoding.TextUnmarshaler" uri:"text,parser=encoding.TextUnmarshaler" header:"text,parser=encoding.TextUnmarshaler"`
	Words   words             `form:"words" uri:"words" header:"words"`
	Default int               `form:"default,default=7" uri:"default,default=7" header:"default,default=7"`
	Many    []int             `form:"many,default=1;2" uri:"many,default=1;2" header:"many,default=1;2"`
	Map     map[string]int    `form:"map" uri:"map" header:"map"`
	Line    line              `form:"line" uri:"line" header:"line"`
	Nested  Embedded          `form:"nested" uri:"nested" header:"nested"`
	Deep    struct{ L *line } `form:"deep" uri:"deep" header:"deep"`
	Str     string            `form:"str" uri:"str" header:"str"`
}

// optionalFields is plainFields with an Optional of each type.
func optionalFields(t *testing.T) reflect.Type {
	known := []reflect.Type{
		reflect.TypeFor[binding.Optional[time.Time]](), reflect.TypeFor[binding.Optional[*time.Time]](), reflect.TypeFor[binding.Optional[[]time.Time]](),
		reflect.TypeFor[binding.Optional[[]int]](), reflect.TypeFor[binding.Optional[[]string]](), reflect.TypeFor[binding.Optional[[2]int]](),
		reflect.TypeFor[binding.Optional[time.Duration]](), reflect.TypeFor[binding.Optional[netip.Addr]](), reflect.TypeFor[binding.Optional[hex]](),
		reflect.TypeFor[binding.Optional[[]hex]](), reflect.TypeFor[binding.Optional[words]](), reflect.TypeFor[binding.Optional[int]](),
		reflect.TypeFor[binding.Optional[map[string]int]](), reflect.TypeFor[binding.Optional[line]](), reflect.TypeFor[binding.Optional[Embedded]](),
		reflect.TypeFor[binding.Optional[struct{ L *line }]](), reflect.TypeFor[binding.Optional[string]](),
	}
	var fields []reflect.StructField
	for i := range reflect.TypeFor[plainFields]().NumField() {
		sf := reflect.TypeFor[plainFields]().Field(i)
		found := false
		for _, optional := range known {
			get, _ := optional.MethodByName("Get")
			if get.Type.Out(0) == sf.Type {
				sf.Type, found = optional, true
				break
			}
		}
		require.True(t, found, "no Optional for %s", sf.Type)
		fields = append(fields, reflect.StructField{Name: sf.Name, Type: sf.Type, Tag: sf.Tag})
	}
	return reflect.StructOf(fields)
}

// What a plain field can, an Optional of it can, in every source.
func TestOptionalOfEverything(t *testing.T) {
	values := form{
		"time": {"2024-02-29"}, "berlin": {"2024-07-01 12:00"}, "unix": {"1700000000"}, "micro": {"1700000000000001"}, "ptr": {"2020"}, "times": {"2001,2002"},
		"list": {"1", "2"}, "csv": {"a,b", "c"}, "pipes": {"1|2"}, "dur": {"1m30s"}, "addr": {"10.0.0.1"}, "hex": {"ff"}, "hexes": {"1", "a"}, "text": {"four"},
		"words": {"x y"}, "map": {`{"a":1}`}, "line": {`{"qty":3}`}, "id": {"5"}, "Name": {"n"}, "quantity": {"4"}, "Qty": {"4"}, "str": {""},
	}
	withValidator(t, nil)
	sources := map[string]func(any) error{
		"form":  func(obj any) error { return mapForm(obj, values) },
		"query": func(obj any) error { return binding.Query.Bind(queryRequest(encode(values)), obj) },
		"body":  func(obj any) error { return binding.Form.Bind(bodyRequest(binding.MIMEPOSTForm, encode(values)), obj) },
		"uri":   func(obj any) error { return binding.Uri.BindUri(values, obj) },
		"header": func(obj any) error {
			header := http.Header{}
			for key, list := range values {
				header[http.CanonicalHeaderKey(key)] = list
			}
			return binding.Header.Bind(&http.Request{Header: header}, obj)
		},
	}
	for name, bind := range sources {
		t.Run(name, func(t *testing.T) {
			var plain plainFields
			optional := reflect.New(optionalFields(t))
			require.NoError(t, bind(&plain))
			require.NoError(t, bind(optional.Interface()))
			for i := range optional.Elem().NumField() {
				field := optional.Elem().Type().Field(i).Name
				got := optional.Elem().Field(i).MethodByName("Get").Call(nil)
				assert.True(t, got[1].Bool(), "%s is present", field)
				assert.Equal(t, reflect.ValueOf(plain).Field(i).Interface(), got[0].Interface(), field)
			}
		})
	}
	t.Run("nothing is absent but defaults", func(t *testing.T) {
		optional := reflect.New(optionalFields(t))
		require.NoError(t, mapForm(optional.Interface(), form{"other": {"1"}}))
		for i := range optional.Elem().NumField() {
			name := optional.Elem().Type().Field(i).Name
			absent := optional.Elem().Field(i).MethodByName("IsAbsent").Call(nil)[0].Bool()
			assert.Equal(t, name != "Default" && name != "Many", absent, name)
		}
	})
	t.Run("empty is null but for strings and defaults", func(t *testing.T) {
		optional := reflect.New(optionalFields(t))
		empty := form{}
		for key := range values {
			empty[key] = []string{""}
		}
		delete(empty, "id")
		delete(empty, "Name")
		delete(empty, "quantity")
		require.NoError(t, mapForm(optional.Interface(), empty))
		for _, name := range []string{"Time", "Unix", "Ptr", "Times", "List", "CSV", "Pipes", "Dur", "Addr", "Hex", "Hexes", "Words", "Map"} {
			assert.True(t, optional.Elem().FieldByName(name).MethodByName("IsNull").Call(nil)[0].Bool(), name)
		}
		assert.Equal(t, binding.Some(""), optional.Elem().FieldByName("Str").Interface())
		assert.Equal(t, binding.Some(7), optional.Elem().FieldByName("Default").Interface())
	})
	t.Run("what is wrong leaves it absent and names it", func(t *testing.T) {
		optional := reflect.New(optionalFields(t))
		err := mapForm(optional.Interface(), form{"time": {"2024"}, "list": {"1", "x"}, "pipes": {"1"}, "line": {`{"qty":"x"}`}, "hexes": {"zz"}})
		var fields []string
		for _, fe := range binding.FieldErrors(err) {
			fields = append(fields, fe.Field+" "+fe.Message)
		}
		assert.Equal(t, []string{
			"time must be a time", "list[1] must be an integer", "pipes must have exactly 2 items", "hexes[0] is not valid",
			"line.qty must be an integer",
		}, fields)
		assert.True(t, optional.Elem().FieldByName("List").MethodByName("IsAbsent").Call(nil)[0].Bool())
	})
}

func TestOptionalFiles(t *testing.T) {
	type dest struct {
		One  binding.Optional[*multipart.FileHeader]    `form:"one"`
		Flat binding.Optional[multipart.FileHeader]     `form:"one"`
		Many binding.Optional[[]*multipart.FileHeader]  `form:"many"`
		Pair binding.Optional[[2]*multipart.FileHeader] `form:"many"`
		None binding.Optional[*multipart.FileHeader]    `form:"none"`
	}
	var d dest
	require.NoError(t, binding.FormMultipart.Bind(multipartRequest(t, map[string]string{"none": "forged"},
		upload{"one", "1.txt", "first"}, upload{"many", "2.txt", "x"}, upload{"many", "3.txt", "y"}), &d))
	assert.Equal(t, "1.txt", d.One.Or(nil).Filename)
	assert.EqualValues(t, 5, d.Flat.Or(multipart.FileHeader{}).Size)
	assert.Len(t, d.Many.Or(nil), 2)
	assert.Equal(t, "3.txt", d.Pair.Or([2]*multipart.FileHeader{})[1].Filename)
	assert.True(t, d.None.IsAbsent())

	err := binding.FormMultipart.Bind(multipartRequest(t, nil, upload{"many", "n.txt", ""}), &d)
	assert.ErrorIs(t, err, binding.ErrMultiFileHeaderLenInvalid)
}

// Elements and pointers are Optionals as well.
func TestOptionalInsideOthers(t *testing.T) {
	var d struct {
		List []binding.Optional[int]                 `form:"list" collection_format:"csv"`
		Ptr  *binding.Optional[time.Time]            `form:"ptr" time_format:"2006"`
		Two  binding.Optional[binding.Optional[int]] `form:"two"`
	}
	require.NoError(t, mapForm(&d, form{"list": {"1,,3"}, "ptr": {"2020"}, "two": {"2"}}))
	assert.Equal(t, []binding.Optional[int]{binding.Some(1), binding.Null[int](), binding.Some(3)}, d.List)
	assert.Equal(t, 2020, d.Ptr.Or(time.Time{}).Year())
	assert.Equal(t, binding.Some(binding.Some(2)), d.Two)
}

// The switches of JSON reach what an Optional holds.
func TestOptionalJSONSwitches(t *testing.T) {
	binding.EnableDecoderUseNumber = true
	defer func() { binding.EnableDecoderUseNumber = false }()
	var d struct {
		V binding.Optional[any]
		L []binding.Optional[[]int]
	}
	require.NoError(t, binding.JSON.BindBody([]byte(`{"V":12345678901234567890,"L":[null,[1]]}`), &d))
	assert.Equal(t, "12345678901234567890", fmt.Sprint(d.V.Or(nil)))
	assert.Equal(t, []binding.Optional[[]int]{binding.Null[[]int](), binding.Some([]int{1})}, d.L)
}
