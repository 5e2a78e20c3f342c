package binding_test

import (
	stdjson "encoding/json"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/dram-go/dram/binding"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// FuzzScalars compares each kind with what strconv and time say.
func FuzzScalars(f *testing.F) {
	for _, s := range []string{"", " 1 ", "-5", "256", "1.5", "NaN", "1e999", "true", "T", "1h", "x\xff", "0x1", "1_0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var d struct {
			I int16
			U uint8
			F float32
			B bool
			D time.Duration
			S string
		}
		var got []string
		err := mapForm(&d, form{"I": {text}, "U": {text}, "F": {text}, "B": {text}, "D": {text}, "S": {text}})
		for _, fe := range binding.FieldErrors(err) {
			got = append(got, fe.Field)
		}
		trimmed := strings.TrimSpace(text)
		number := trimmed
		if number == "" {
			number = "0"
		}
		var want []string
		check := func(name string, err error) {
			if err != nil || (len(trimmed) > 512 && name != "S") {
				want = append(want, name)
			}
		}
		i, err := strconv.ParseInt(number, 10, 16)
		check("I", err)
		u, err := strconv.ParseUint(number, 10, 8)
		check("U", err)
		x, err := strconv.ParseFloat(number, 32)
		if err == nil && x-x != 0 { // NaN or infinite
			err = strconv.ErrSyntax
		}
		check("F", err)
		b, err := strconv.ParseBool(number)
		check("B", err)
		dur, err := time.ParseDuration(number)
		check("D", err)
		err = nil
		if !utf8.ValidString(text) {
			err = strconv.ErrSyntax
		}
		check("S", err)
		require.Equal(t, want, got)
		if want == nil {
			assert.Equal(t, []any{int16(i), uint8(u), float32(x), b, dur, text}, []any{d.I, d.U, d.F, d.B, d.D, d.S})
		}
	})
}

// FuzzQuery holds the one-pass parser against url.ParseQuery.
func FuzzQuery(f *testing.F) {
	for _, s := range []string{"a=1&b=2&b=3", "a=%zz", "a;b=1", "%61=+%20", "&=&a&=b", "n=x&m={}&m=%7B%22k%22:1%7D"} {
		f.Add(s)
	}
	type dest struct {
		A string         `form:"a"`
		B []string       `form:"b"`
		N *int           `form:"n"`
		M map[string]int `form:"m"`
		E string         `form:"e,default=x"`
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if strings.Count(raw, "&") >= 10_000 {
			return
		}
		var got, want dest
		gotErr := binding.Query.Bind(queryRequest(raw), &got)
		values, _ := url.ParseQuery(raw)
		wantErr := mapForm(&want, values)
		require.Equal(t, want, got)
		require.Equal(t, wantErr == nil, gotErr == nil, "%v, %v", wantErr, gotErr)
	})
}

// FuzzForm maps anything into types of every sort: no panic, no endless work.
func FuzzForm(f *testing.F) {
	f.Add("next", `{"next":{"next":{}}}`)
	f.Add("items[0].qty", "1")
	f.Add("items", `{"qty":1e999}`)
	f.Add("id", "\xff\xff")
	f.Add("opt", "null")
	f.Fuzz(func(t *testing.T, key, value string) {
		var d struct {
			node
			Items []line                  `form:"items" binding:"dive"`
			ID    id                      `form:"id"`
			H     []hex                   `form:"h"`
			When  []time.Time             `form:"when" collection_format:"csv" time_format:"unix"`
			Opt   binding.Optional[[]int] `form:"opt"`
			Map   map[string]*node        `form:"map"`
			Arr   *[2]uint                `form:"arr" collection_format:"pipes"`
			Any   any                     `form:"any"`
		}
		err := binding.Query.Bind(queryRequest(url.Values{key: {value, value}}.Encode()), &d)
		for _, fe := range binding.FieldErrors(err) {
			require.NotEmpty(t, fe.Field)
			require.NotEmpty(t, fe.Message)
			require.True(t, utf8.ValidString(fe.Message), "%q", fe.Message)
		}
	})
}

// FuzzJSON holds JSON against a json.Unmarshal of the same text.
func FuzzJSON(f *testing.F) {
	for _, s := range []string{
		brokenOrder, `{"n":"a","x":{"k":[null]}}`, `null`, ` {} x`, `{"n":1e999}`, "{\"n\":\"\xff\"}", `{"a":{"a":[[[[`, ``,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var want tree
		wantErr := stdjson.Unmarshal(body, &want)
		var got tree
		err := binding.JSON.BindBody(body, &got)
		if wantErr != nil {
			require.NotEmpty(t, binding.FieldErrors(err))
			return
		}
		require.Equal(t, want, got)
		if err != nil {
			require.NotEmpty(t, binding.FieldErrors(err))
		}
	})
}

// FuzzWrongJSON: what encoding/json does not take, the check of types finds and names.
func FuzzWrongJSON(f *testing.F) {
	for _, s := range []string{
		`{"name":1,"items":[{"qty":-1}]}`, `{"when":1,"addr":[],"even":3}`, `{"by_id":{"x":1},"quoted":"x"}`, `{"opt":"x","self":[{"age":1.5}],"NAME":1}`,
		`{"aliased":{"n":[]},"number":"x","bytes":"%"}`, `[]`, `{"any":1e999,"texts":{"x":[]}}`, `{"pair":[1,"x"],"ptr":{"price":1e99}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		err := stdjson.Unmarshal(body, &everything{})
		list := binding.FieldErrors(binding.JSON.BindBody(body, &everything{}))
		if err == nil {
			for _, fe := range list {
				require.NotContains(t, []string{"type", "syntax"}, fe.Rule, "%v", fe)
			}
			return
		}
		require.NotEmpty(t, list)
		for _, fe := range list {
			require.NotEmpty(t, fe.Message)
			require.NotContains(t, fe.Message, "does not fit", "%v was not found", err)
		}
	})
}

// FuzzEmail: what is accepted at once is what the validator accepts.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"a@b.co", "a.b-c_d+e@x-y.z1.com", "a@b", "a-@b.co", "1@2.co", "A@B.CO", strings.Repeat("a", 64) + "@b.co"} {
		f.Add(s)
	}
	plain := validator.New()
	f.Fuzz(func(t *testing.T, text string) {
		d := struct {
			E string `binding:"email"`
		}{text}
		require.Equal(t, plain.Var(text, "email") == nil, binding.Validator.ValidateStruct(&d) == nil, "%q", text)
	})
}

// FuzzAll sends anything to a struct that reads from everywhere: nothing panics, the error
// says what is wrong, and no field is filled but from its own source.
func FuzzAll(f *testing.F) {
	f.Add("1", "page=2", "a", "theme=b", "application/json", `{"title":"x","id":5,"ID":5,"page":7,"Filter":{"Size":1}}`)
	f.Add("x", "page=x&page", "", "theme=%zz", "application/x-www-form-urlencoded", "title=x&ID=5&count=y")
	f.Add("", ";", "\xff", ";;", "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=title\r\n\r\nx\r\n--b--")
	f.Add("9", "", "", "", "application/xml", "<a><title>x</title><ID>5</ID></a>")
	f.Add("9", "", "", "", "text/plain", "x")
	f.Fuzz(func(t *testing.T, id, query, header, cookie, media, body string) {
		req := allRequest("POST", "/", media+" ", body)
		req.URL.RawQuery = query
		req.Header["X-Trace"] = []string{header}
		req.Header["Cookie"] = []string{cookie}
		var in allIn
		err := binding.All(req, route{"id": id}, &in)
		fields := binding.FieldErrors(err)
		if err != nil {
			require.NotEmpty(t, fields, "%v", err)
			_ = err.Error()
		}
		n, wrong := strconv.Atoi(strings.TrimSpace(id))
		if wrong != nil || len(strings.TrimSpace(id)) > 512 {
			n = 0
		}
		assert.Equal(t, n, in.ID)
		assert.Equal(t, header, in.Trace)
		size := url.Values{}
		if values, err := url.ParseQuery(query); err == nil {
			size = values
		}
		if !size.Has("size") && !strings.Contains(query, "%") && !strings.Contains(query, ";") {
			assert.Zero(t, in.Filter.Size)
		}
	})
}
