package binding_test

import (
	"net/http/httptest"
	"reflect"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

type tagsPage struct {
	Size int `form:"size,default=big"`
}

type tagsDeep struct {
	tagsPage
}

// TestTagsThatAreAtFault: what no client can mend names the struct's field, and is not
// a field error, which would be told to clients.
func TestTagsThatAreAtFault(t *testing.T) {
	tests := []struct {
		name string
		obj  any
		want string
	}{
		{"int", &struct {
			F int `form:"f,default=first"`
		}{}, `field F of struct .*: default "first" is not an integer; correct it in the tag form`},
		{"int8 out of range", &struct {
			F int8 `form:"f,default=128"`
		}{}, `default "128" is not an integer between -128 and 127`},
		{"negative uint", &struct {
			F uint `form:"f,default=-1"`
		}{}, `default "-1" must not be negative`},
		{"float", &struct {
			F float32 `form:"f,default=NaN"`
		}{}, `default "NaN" is not a finite number`},
		{"bool", &struct {
			F bool `form:"f,default=maybe"`
		}{}, `default "maybe" is not a boolean`},
		{"time", &struct {
			F time.Time `form:"f,default=today"`
		}{}, `default "today" is not a time`},
		{"time of another layout", &struct {
			F time.Time `form:"f,default=2006-01-02" time_format:"02.01.2006"`
		}{}, `default "2006-01-02" is not a time`},
		{"duration", &struct {
			F time.Duration `form:"f,default=10"`
		}{}, `default "10" is not a duration`},
		{"text that is not UTF-8", &struct {
			F string "form:\"f,default=\\xff\""
		}{}, `default .* is not valid UTF-8`},
		{"pointer", &struct {
			F **int `form:"f,default=x"`
		}{}, `default "x" is not an integer`},
		{"Optional", &struct {
			F binding.Optional[int] `form:"f,default=x"`
		}{}, `default "x" is not an integer`},
		{"element of a slice", &struct {
			F []int `form:"f,default=1;x"`
		}{}, `default "1;x": f\[1\] is not an integer`},
		{"element of a slice that is split", &struct {
			F []int `form:"f,default=1|x" collection_format:"pipes"`
		}{}, `default "1\|x": f\[1\] is not an integer`},
		{"array of another length", &struct {
			F [3]int `form:"f,default=1;2"`
		}{}, `default "1;2" must have exactly 3 items`},
		{"type that parses itself", &struct {
			F hex `form:"f,default=zz"`
		}{}, `default "zz" is not valid`},
		{"type that nothing can be stored in", &struct {
			F chan int `form:"f,default=1"`
		}{}, `default "1" cannot be read from text`},
		{"JSON of a nested struct", &struct {
			F struct{ X int } `form:"f,default={\"X\":true}"`
		}{}, `default .*: f\.X is not an integer`},
		{"map", &struct {
			F map[string]int `form:"f,default={"`
		}{}, `default "{" is cut off`},
		{"inside a nested struct", &struct{ Page tagsPage }{}, `field Size of binding_test.tagsPage: default "big"`},
		{"inside an embedded struct", &tagsDeep{}, `field Size of binding_test.tagsPage: default "big"`},
		{"inside an Optional", &struct {
			Page binding.Optional[tagsPage]
		}{}, `field Size of binding_test.tagsPage: default "big"`},

		{"layout of Java", &struct {
			F time.Time `form:"f" time_format:"yyyy-MM-dd"`
		}{}, `field F of struct .*: time_format "yyyy-MM-dd" .* write the time 2006-01-02 15:04:05`},
		{"layout of strftime", &struct {
			F *time.Time `form:"f" time_format:"%Y-%m-%d"`
		}{}, `time_format "%Y-%m-%d"`},
		{"name of a layout", &struct {
			F []time.Time `form:"f" time_format:"RFC3339"`
		}{}, `time_format "RFC3339"`},
		{"name of a layout in Go", &struct {
			F binding.Optional[time.Time] `form:"f" time_format:"time.DateOnly"`
		}{}, `time_format "time.DateOnly"`},
		{"unit that is not known", &struct {
			F time.Time `form:"f" time_format:"seconds"`
		}{}, `time_format "seconds" .* unixmilli`},
		{"location", &struct {
			F time.Time `form:"f" time_location:"Mars"`
		}{}, `time_location "Mars": .*; write a name such as Europe/Berlin`},
		{"UTC", &struct {
			F time.Time `form:"f" time_utc:"yes"`
		}{}, `time_utc "yes" is neither true nor false`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range 2 { // a plan at fault is not kept
				err := binding.Query.Bind(httptest.NewRequest("GET", "/x", nil), tt.obj)
				require.Error(t, err)
				assert.Regexp(t, `^dram: `+`.*`+tt.want, err.Error())
				assert.Nil(t, binding.FieldErrors(err))
			}
		})
	}
}

func TestDefaultsOfAllSourcesAreChecked(t *testing.T) {
	obj := &struct {
		F int `form:"f,default=a" uri:"f,default=b" header:"f,default=c" own:"f,default=d"`
	}{}
	req := httptest.NewRequest("POST", "/x", nil)
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"query":     {binding.Query.Bind(req, obj), `default "a" is not an integer; correct it in the tag form`},
		"form":      {binding.Form.Bind(req, obj), `default "a"`},
		"form post": {binding.FormPost.Bind(req, obj), `default "a"`},
		"uri":       {binding.Uri.BindUri(nil, obj), `default "b" is not an integer; correct it in the tag uri`},
		"header":    {binding.Header.Bind(req, obj), `default "c" is not an integer; correct it in the tag header`},
		"own tag":   {binding.MapFormWithTag(obj, nil, "own"), `default "d" is not an integer; correct it in the tag own`},
	} {
		require.Error(t, tt.err, name)
		assert.ErrorContains(t, tt.err, tt.want, name)
		assert.Nil(t, binding.FieldErrors(tt.err), name)
	}
}

func TestTagsThatAreAtFaultForAllSources(t *testing.T) {
	req := httptest.NewRequest("POST", "/x", nil)
	for name, tt := range map[string]struct {
		obj  any
		want string
	}{
		"query": {&struct {
			F int `query:"f,default=a"`
		}{}, `default "a" is not an integer; correct it in the tag query`},
		"cookie": {&struct {
			F bool `cookie:"f,default=a"`
		}{}, `default "a" is not a boolean; correct it in the tag cookie`},
		"form": {&struct {
			F []int `form:"f,default=1;a"`
		}{}, `default "1;a": f[1] is not an integer; correct it in the tag form`},
		"layout": {&struct {
			F time.Time `header:"f" time_format:"yyyy"`
		}{}, `time_format "yyyy"`},
		"rule among the options": {&struct {
			F int `query:"f,required"`
		}{}, `the option "required" of the tag query is not known; write a rule into the tag binding`},
		"misspelt option": {&struct {
			F int `header:"f,defualt=1"`
		}{}, `the option "defualt=1" of the tag header is not known`},
		"list with commas": {&struct {
			F []int `form:"f,default=1,2"`
		}{}, `the option "2" of the tag form is not known; write a rule into the tag binding, and ; between the items of a default`},
	} {
		err := binding.All(req, nil, tt.obj)
		require.ErrorIs(t, err, binding.ErrTags, name)
		assert.ErrorContains(t, err, tt.want, name)
		assert.Nil(t, binding.FieldErrors(err), name)
	}
	assert.NoError(t, binding.All(req, nil, &struct {
		F time.Time `json:"f" time_format:"yyyy"`
	}{}), "JSON has no layouts")
	assert.NoError(t, binding.All(req, nil, &struct {
		//lint:ignore SA5008 as some write it
		F int `form:"f,omitempty" json:"f,required"`
	}{}), "options of those who write the struct, and of another decoder")
	assert.NoError(t, binding.Query.Bind(req, &struct {
		F int `form:"f,required"`
	}{}), "Gin allows it")
}

// countedText parses itself and counts how often.
type countedText struct{ text string }

var counted int

func (c *countedText) UnmarshalText(text []byte) error {
	counted++
	c.text = string(text)
	return nil
}

func TestADefaultIsCheckedOnce(t *testing.T) {
	counted = 0
	for range 3 {
		var obj struct {
			F countedText `form:"f,default=x"`
		}
		require.NoError(t, binding.MapFormWithTag(&obj, nil, "form"))
		assert.Equal(t, "x", obj.F.text)
	}
	assert.Equal(t, 4, counted, "for the plan, and for each of three requests")
}

func TestTagsThatAreGood(t *testing.T) {
	for _, layout := range []string{"2006-01-02", "02.01.06", "15:04", "3:04PM", "Jan _2", "Monday", "MST", "Z07:00", "-0700", "002", "PM",
		"5.000", time.Kitchen, time.RFC3339Nano, "unixNano", "UNIX", "", "2006-13-45"} {
		field := reflect.StructField{Name: "F", Type: reflect.TypeFor[time.Time](), Tag: reflect.StructTag(`form:"f" time_format:"` + layout + `"`)}
		obj := reflect.New(reflect.StructOf([]reflect.StructField{field})).Interface()
		assert.NoError(t, binding.MapFormWithTag(obj, nil, "form"), layout)
	}
	for name, obj := range map[string]any{
		"fields that are left out": &struct {
			F time.Time `form:"-" time_format:"yyyy" collection_format:"weird"`
			G int       `form:"-,default=x"`
		}{},
		"tags of times on others": &struct {
			F string `form:"f" time_format:"yyyy" time_utc:"yes"`
		}{},
		"a time that parses itself": &struct {
			F time.Time `form:"f,parser=encoding.TextUnmarshaler" time_format:"yyyy"`
		}{},
		"a default that is empty": &struct {
			F int       `form:"f,default="`
			G time.Time `form:"g,default="`
			H []string  `form:"h,default="`
		}{},
	} {
		assert.NoError(t, binding.MapFormWithTag(obj, nil, "form"), name)
	}
}
