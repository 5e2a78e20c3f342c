package dram_test

import (
	"errors"
	"fmt"
	"math"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

func ExampleParamAs() {
	r := dram.New()
	r.GET("/books/:id", dram.Try(func(c *dram.Context) error {
		id, err := dram.ParamAs[int](c, "id")
		if err != nil {
			return err // answered with 400, the name and the source
		}
		size, err := dram.QueryOr(c, "size", 20)
		if err != nil {
			return err
		}
		c.String(http.StatusOK, "%d, %d", id+1, size)
		return nil
	}))
	fmt.Println(serve(r, "GET", "/books/7").Body)
	fmt.Println(serve(r, "GET", "/books/7?size=many").Body)
	// Output:
	// 8, 20
	// {"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":[{"source":"query","field":"size","rule":"type","param":"integer","message":"must be an integer"}]}
}

func ExampleQueryAs() {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/?since=2026-11-26T08:00:00Z&for=90s&id=1&id=2", nil)
	since, _ := dram.QueryAs[time.Time](c, "since")
	wait, _ := dram.QueryAs[time.Duration](c, "for")
	ids, _ := dram.QueryAs[[]int](c, "id")
	_, err := dram.QueryAs[int](c, "page")
	fmt.Println(since.Year(), wait, ids, err)
	// Output: 2026 1m30s [1 2] dram: query "page": is required (required)
}

// all sources have x, by which a request of the tests is read.
func typedContext(value string) *dram.Context {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	req := httptest.NewRequest("POST", "/", strings.NewReader("x="+escaped(value)))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.URL.RawQuery = "x=" + escaped(value)
	req.Header.Set("x", value)
	req.Header.Set("Cookie", "x="+escaped(value))
	c.Request, c.Params = req, dram.Params{{Key: "x", Value: value}}
	return c
}

func escaped(value string) string {
	var b strings.Builder
	for i := range len(value) {
		fmt.Fprintf(&b, "%%%02x", value[i])
	}
	return b.String()
}

// typedGetters are all sources by name.
func typedGetters[T any]() map[string]func(*dram.Context, string) (T, error) {
	return map[string]func(*dram.Context, string) (T, error){
		"uri": dram.ParamAs[T], "query": dram.QueryAs[T], "form": dram.FormAs[T], "header": dram.HeaderAs[T], "cookie": dram.CookieAs[T],
	}
}

func fits[T any](value string, want T) func(*testing.T) {
	return func(t *testing.T) {
		for source, get := range typedGetters[T]() {
			got, err := get(typedContext(value), "x")
			require.NoError(t, err, source)
			assert.Equal(t, want, got, source)
		}
	}
}

func refused[T any](value, rule string) func(*testing.T) {
	return func(t *testing.T) {
		for source, get := range typedGetters[T]() {
			got, err := get(typedContext(value), "x")
			assert.Zero(t, got, source)
			var all binding.Errors
			var one *binding.FieldError
			require.ErrorAs(t, err, &all, source)
			require.ErrorAs(t, err, &one, source)
			assert.Equal(t, source+" x "+rule, one.Source+" "+one.Field+" "+one.Rule)
			assert.Equal(t, 400, dram.ProblemOf(err).Status)
			if len(value) > 2 {
				assert.NotContains(t, err.Error(), value, "the client's value")
			}
		}
	}
}

// mistakenType is the program's: no client can send a T.
func mistakenType[T any](t *testing.T) {
	for source, get := range typedGetters[T]() {
		for _, value := range []string{"100", "", `{"Filename":"/etc/passwd"}`} {
			_, err := get(typedContext(value), "x")
			require.ErrorContains(t, err, "dram: the value of "+source+` "x" has the type `+reflect.TypeFor[T]().String()+", ")
			assert.Equal(t, 500, dram.ProblemOf(err).Status)
			assert.Empty(t, binding.FieldErrors(err))
		}
	}
}

func TestTypedGettersOfAllSources(t *testing.T) {
	seven := 7
	for name, test := range map[string]func(*testing.T){
		"int": fits("-7", -7), "uint8": fits("255", uint8(255)), "float": fits("1.5", 1.5), "bool": fits("true", true),
		"string": fits("a b", "a b"), "time": fits("2026-11-26T08:00:00Z", time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)),
		"duration": fits("1m", time.Minute), "text": fits("10.0.0.1", netip.MustParseAddr("10.0.0.1")), "pointer": fits("7", &seven),
		"slice": fits("7", []int{7}), "array": fits("7", [1]int{7}), "Optional": fits("7", binding.Some(7)),
		"JSON": fits(`{"ID":7,"Page":8,"title":"a"}`, struct{ ID int }{7}),

		"an int that is text": refused[int]("seven", "type"), "one that overflows": refused[int8]("1000", "type"),
		"a negative one": refused[uint]("-100", "type"), "NaN": refused[float64]("NaN", "type"), "a huge one": refused[int](strings.Repeat("9", 8000), "type"),
		"an address": refused[bool]("10.0.0.1", "type"), "a date without time": refused[time.Time]("2026-11-26", "type"),
		"empty": refused[int]("", "required"), "empty text": refused[string]("", "required"), "empty slice": refused[[]int]("", "required"),
		"a channel": mistakenType[chan int], "any": mistakenType[any], "an interface": mistakenType[fmt.Stringer], "a list of channels": mistakenType[[]chan int], "lists of a list": mistakenType[[][]int],
		"a pointer to a function": mistakenType[*func()], "Optional of a complex number": mistakenType[binding.Optional[complex128]], "a map of channels": mistakenType[map[string]chan int],
		"a file": mistakenType[*multipart.FileHeader], "files": mistakenType[[]multipart.FileHeader],
		"an array that is too long": refused[[2]int]("100", "len"),
	} {
		t.Run(name, test)
	}
}

func TestTypedGettersOfWhatIsMissing(t *testing.T) {
	for source, get := range typedGetters[int]() {
		_, err := get(typedContext("1"), "y")
		if source == "uri" { // which is the program's mistake
			assert.ErrorContains(t, err, `has no path parameter "y"`)
			assert.Equal(t, 500, dram.ProblemOf(err).Status)
			continue
		}
		assert.Equal(t, source, binding.FieldErrors(err)[0].Source)
		assert.Equal(t, "required", binding.FieldErrors(err)[0].Rule)
	}
	for source, get := range map[string]func(*dram.Context, string, int) (int, error){
		"query": dram.QueryOr[int], "form": dram.FormOr[int], "header": dram.HeaderOr[int], "cookie": dram.CookieOr[int],
	} {
		for value, want := range map[string]int{"7": 7, "": 3, " ": 3} {
			got, err := get(typedContext(value), "x", 3)
			require.NoError(t, err, source)
			assert.Equal(t, want, got, source)
		}
		got, err := get(typedContext("x"), "x", 3)
		assert.Zero(t, got, "a wrong value is not the default")
		assert.Error(t, err, source)
		got, err = get(typedContext("7"), "y", 3)
		require.NoError(t, err)
		assert.Equal(t, 3, got, source)
	}
}

func TestTypedGettersOfRepeatedValues(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/?a=1&a=&a=x&b=1&b=2", nil)
	first, err := dram.QueryAs[int](c, "a")
	require.NoError(t, err)
	assert.Equal(t, 1, first)
	_, err = dram.QueryAs[[]int](c, "a")
	assert.Equal(t, "a[2]", binding.FieldErrors(err)[0].Field)
	two, err := dram.QueryAs[[2]int](c, "b")
	require.NoError(t, err)
	assert.Equal(t, [2]int{1, 2}, two)
}

func TestTypedGettersOfFormsThatAreTooLarge(t *testing.T) {
	c, r := dram.CreateTestContext(httptest.NewRecorder())
	r.MaxBodyMemory = 10
	c.Request = httptest.NewRequest("POST", "/", strings.NewReader("x=1&y="+strings.Repeat("a", 20)))
	c.Request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	_, err := dram.FormAs[int](c, "x")
	assert.Equal(t, http.StatusRequestEntityTooLarge, dram.ProblemOf(err).Status)
}

func TestTypedGetterOfACookieThatIsNotEncoded(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Request = httptest.NewRequest("GET", "/", nil)
	c.Request.Header.Set("Cookie", "x=%zz")
	for _, get := range []func() (string, error){
		func() (string, error) { return dram.CookieAs[string](c, "x") },
		func() (string, error) { return dram.CookieOr(c, "x", "default") },
	} {
		_, err := get()
		assert.EqualError(t, err, `dram: cookie "x": must be URL-encoded (type=string)`)
	}
}

func TestTypedGettersOfKeys(t *testing.T) {
	c, _ := dram.CreateTestContext(httptest.NewRecorder())
	c.Set("n", 7)
	c.Set("nil", nil)
	n, err := dram.GetAs[int](c, "n")
	require.NoError(t, err)
	assert.Equal(t, 7, n)
	_, err = dram.GetAs[string](c, "n")
	require.EqualError(t, err, "dram: key n holds a int, not a string: ask for the type that was Set")
	assert.Equal(t, 500, dram.ProblemOf(err).Status, "it is not the client's fault")
	_, err = dram.GetAs[error](c, "nil")
	require.EqualError(t, err, "dram: key nil holds a <nil>, not a error: ask for the type that was Set")
	_, err = dram.GetAs[int](c, "m")
	require.EqualError(t, err, "dram: key m does not exist: Set it in an earlier handler")
	m, err := dram.GetOr(c, "m", math.MaxInt)
	require.NoError(t, err)
	assert.Equal(t, math.MaxInt, m)
	_, err = dram.GetOr(c, "n", errors.New("default"))
	assert.Error(t, err)
}
