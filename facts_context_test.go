package dram_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
)

// What a program may rely on about the Context, beyond what the tests of the
// single files say.

// Each typed getter gives what was Set, and its zero value for a key that is
// missing or holds another type.
func TestTypedGetters(t *testing.T) {
	now := time.Unix(1, 2)
	boom := errors.New("boom")
	values := map[string]any{
		"String": "x", "Bool": true, "Int": 1, "Int8": int8(2), "Int16": int16(3), "Int32": int32(4), "Int64": int64(5),
		"Uint": uint(6), "Uint8": uint8(7), "Uint16": uint16(8), "Uint32": uint32(9), "Uint64": uint64(10),
		"Float32": float32(1.5), "Float64": 2.5, "Time": now, "Duration": time.Second, "Error": boom,
		"IntSlice": []int{1}, "Int8Slice": []int8{1}, "Int16Slice": []int16{1}, "Int32Slice": []int32{1}, "Int64Slice": []int64{1},
		"UintSlice": []uint{1}, "Uint8Slice": []uint8{1}, "Uint16Slice": []uint16{1}, "Uint32Slice": []uint32{1}, "Uint64Slice": []uint64{1},
		"Float32Slice": []float32{1}, "Float64Slice": []float64{1}, "StringSlice": []string{"a"}, "ErrorSlice": []error{boom},
		"StringMap": map[string]any{"a": 1}, "StringMapString": map[string]string{"a": "b"},
		"StringMapStringSlice": map[string][]string{"a": {"b"}},
	}
	getters := 0
	for i := range reflect.TypeFor[*dram.Context]().NumMethod() {
		method := reflect.TypeFor[*dram.Context]().Method(i)
		name, isGetter := strings.CutPrefix(method.Name, "Get")
		want, known := values[name]
		if !isGetter || !known {
			continue
		}
		getters++
		t.Run(method.Name, func(t *testing.T) {
			c := contextFor("GET", "/", "", "")
			get := func(key any) any {
				return method.Func.Call([]reflect.Value{reflect.ValueOf(c), reflect.ValueOf(key)})[0].Interface()
			}
			zero := reflect.Zero(method.Type.Out(0)).Interface()
			assert.Equal(t, zero, get("missing"))
			c.Set("key", want)
			c.Set("other", struct{}{})
			assert.Equal(t, want, get("key"))
			assert.Equal(t, zero, get("other"))
		})
	}
	assert.Equal(t, len(values), getters)
}

func TestKeysAreSafeFromGoroutines(t *testing.T) {
	c := contextFor("GET", "/", "", "")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for range 100 {
				c.Set(i, i)
				c.GetInt(i)
				_ = c.Value(i)
				c.Delete(i)
			}
		})
	}
	wg.Wait()
	assert.Empty(t, c.Keys)
}

func TestACopyIsItsOwn(t *testing.T) {
	r := dram.New()
	r.GET("/u/:id", func(c *dram.Context) {
		c.SetAccepted("a/b")
		_ = c.Error(errors.New("one"))
		cp := c.Copy()
		assert.Same(t, c.Request, cp.Request)
		cp.Params[0].Value = "changed"
		cp.Accepted[0] = "changed"
		cp.Set("k", 1)
		_ = cp.Error(errors.New("two"))
		cp.Status(http.StatusTeapot)
		cp.Header("X-Copy", "1")
		cp.Next()
		assert.Equal(t, "7", c.Param("id"))
		assert.Equal(t, []string{"a/b"}, c.Accepted)
		assert.Nil(t, c.Keys)
		assert.Len(t, c.Errors, 1)
		assert.Equal(t, http.StatusOK, c.Writer.Status())
		assert.Empty(t, cp.HandlerNames())
	}, func(c *dram.Context) { c.String(http.StatusOK, "once") })
	w := serve(r, "GET", "/u/7")
	assert.Equal(t, "once", w.Body.String(), "a copy runs no handlers")
	assert.Empty(t, w.Header().Get("X-Copy"))
}

func TestAbortedIsSeenByTheLayersOutside(t *testing.T) {
	var aborted []bool
	r := dram.New()
	layer := func(c *dram.Context) {
		c.Next()
		aborted = append(aborted, c.IsAborted())
	}
	r.Use(layer, layer)
	r.GET("/", func(c *dram.Context) { c.AbortWithStatusJSON(http.StatusForbidden, dram.H{"error": "no"}) },
		func(c *dram.Context) { c.String(http.StatusOK, "never") })
	w := serve(r, "GET", "/")
	assert.Equal(t, []bool{true, true}, aborted)
	assert.Equal(t, `{"error":"no"}`, w.Body.String())
}

func TestNoErrorIsAMistake(t *testing.T) {
	c := contextFor("GET", "/", "", "")
	assertPanics(t, "err is nil", func() { _ = c.Error(nil) })
}

func TestAWrappedErrorKeepsItsWrapping(t *testing.T) {
	c := contextFor("GET", "/", "", "")
	cause := errors.New("cause")
	inner := &dram.Error{Err: cause, Type: dram.ErrorTypePublic}
	attached := c.Error(fmt.Errorf("outer: %w", inner))
	assert.Equal(t, "outer: cause", attached.Error())
	assert.Equal(t, dram.ErrorTypePrivate, attached.Type)
	require.ErrorIs(t, attached, cause)
	var found *dram.Error
	require.ErrorAs(t, attached.Err, &found)
	assert.Same(t, inner, found)
}

func TestANewBodyBindsTwiceOnlyWithBodyBytes(t *testing.T) {
	c := contextFor("POST", "/", "application/json", `{"name":"Ann"}`)
	var first, second person
	require.NoError(t, c.ShouldBindJSON(&first))
	assert.Error(t, c.ShouldBindJSON(&second), "the body is read")
	c = contextFor("POST", "/", "application/json", `{"name":"Ann"}`)
	require.NoError(t, c.ShouldBindBodyWithJSON(&first))
	require.NoError(t, c.ShouldBindBodyWithJSON(&second))
	assert.Equal(t, first, second)
}

// A pointer to a pointer, and one to a list of pointers, bind as encoding/json fills
// them.
func TestPointersBindAsInJSON(t *testing.T) {
	for _, tt := range []struct{ body, list, pointer string }{
		{``, "dram: json body: must not be empty", "dram: json body: must not be empty"},
		{`null`, "", ""},
		{`[null]`, "", "must be an object"},
		{`{}`, "must be an array", "'required' tag"},
		{`[{}]`, "'required' tag", "must be an object"},
		{`{"name":"Ann"}`, "must be an array", ""},
		{`[{"name":"Ann"}]`, "", "must be an object"},
	} {
		t.Run(tt.body, func(t *testing.T) {
			var list, wantList []*person
			assertBinds(t, tt.body, tt.list, &list, &wantList)
			pointer, wantPointer := new(person), new(person)
			assertBinds(t, tt.body, tt.pointer, &pointer, &wantPointer)
		})
	}
}

// assertBinds binds body into into: with this error, or as encoding/json does into
// want.
func assertBinds(t *testing.T, body, wantErr string, into, want any) {
	t.Helper()
	err := contextFor("POST", "/", "", body).ShouldBindJSON(into)
	if wantErr != "" {
		require.ErrorContains(t, err, wantErr)
		return
	}
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal([]byte(body), want))
	assert.Equal(t, want, into)
}

func TestACookieThatIsSetIsRead(t *testing.T) {
	for _, value := range []string{"plain", "a b;c=d", "é%", `"quoted"`, ""} {
		w := answer(func(c *dram.Context) { c.SetCookie("k", value, 0, "", "", false, false) })
		c := contextFor("GET", "/", "", "")
		for _, cookie := range w.Result().Cookies() {
			assert.Equal(t, "/", cookie.Path, "an empty path is the root")
			c.Request.AddCookie(cookie)
		}
		got, err := c.Cookie("k")
		require.NoError(t, err)
		assert.Equal(t, value, got)
	}
}

func TestAContextMadeByHandCanBeUsed(t *testing.T) {
	c := &dram.Context{Request: httptest.NewRequest("GET", "/?q=1", nil)}
	assert.Equal(t, "1", c.Query("q"))
	assert.Empty(t, c.Param("none"))
	c.Set("k", 1)
	assert.Equal(t, 1, c.MustGet("k"))
	c.Abort()
	assert.True(t, c.IsAborted())
	assert.NoError(t, c.Err())
	_, hasDeadline := c.Deadline()
	assert.False(t, hasDeadline)
	assert.Len(t, c.Copy().Keys, 1)
}

func TestErrorsOfACopyAreItsOwn(t *testing.T) {
	c := contextFor("GET", "/", "", "")
	for i := range 3 {
		_ = c.Error(fmt.Errorf("%d", i))
	}
	cp := c.Copy()
	ofCopy, ofContext := cp.Error(errors.New("copy")), c.Error(errors.New("context"))
	assert.Same(t, ofCopy, cp.Errors.Last())
	assert.Same(t, ofContext, c.Errors.Last())
}

// What one request leaves in its Context must not be there in the next one.
func TestAPooledContextIsNew(t *testing.T) {
	inMode(t, dram.ReleaseMode)
	r := dram.New()
	var used *dram.Context
	r.POST("/use/:id", func(c *dram.Context) {
		used = c
		c.Set("k", 1)
		_ = c.Error(errors.New("x"))
		c.SetAccepted("a/b")
		c.SetSameSite(http.SameSiteStrictMode)
		c.AddParam("more", "1")
		_ = c.Query("q")
		c.Writer = wrappedWriter{c.Writer}
		c.AbortWithStatus(http.StatusTeapot)
	})
	reused := false
	r.GET("/", func(c *dram.Context) {
		reused = reused || c == used
		assert.Nil(t, c.Keys)
		assert.Empty(t, c.Errors)
		assert.Empty(t, c.Accepted)
		assert.Empty(t, c.Params)
		assert.Equal(t, "2", c.Query("q"))
		assert.Equal(t, "/", c.FullPath())
		assert.False(t, c.IsAborted())
		assert.Equal(t, http.StatusOK, c.Writer.Status())
		assert.Equal(t, -1, c.Writer.Size())
		_, wrapped := c.Writer.(wrappedWriter)
		assert.False(t, wrapped)
		c.SetCookie("a", "b", 0, "", "", false, false)
		assert.Equal(t, "a=b; Path=/", c.Writer.Header().Get("Set-Cookie"))
	})
	r.NoRoute(func(c *dram.Context) {
		assert.Empty(t, c.FullPath())
		assert.Empty(t, c.Params)
	})
	for range 100 { // under the race detector a pool drops some
		serve(r, "POST", "/use/7?q=1")
		serve(r, "GET", "/?q=2")
		serve(r, "POST", "/use/7?q=1")
		serve(r, "GET", "/none")
	}
	assert.True(t, reused)
}

type wrappedWriter struct{ dram.ResponseWriter }

func TestNoKeyOfHIsMarkupInXML(t *testing.T) {
	for _, key := range []string{"a", "_1", "a-b.c:d", "größe", "名", "e\u0301"} {
		text, err := xml.Marshal(dram.H{key: 1})
		require.NoError(t, err, key)
		assert.Equal(t, "<map><"+key+">1</"+key+"></map>", string(text))
		assert.NoError(t, xml.Unmarshal(text, new(struct{})), key)
	}
	for _, key := range []string{"", "a b", "1a", "-", "a/", "a><admin>1</admin", "a x=\"y\"", "!--", "a\x00", "a\xff", "a\n"} {
		w := answer(func(c *dram.Context) { c.XML(200, dram.H{key: 1}) })
		assert.Equal(t, 500, w.Code, key)
		assert.Empty(t, w.Body.String(), key)
	}
}

func TestKeysOfHAreSortedInXML(t *testing.T) {
	w := answer(func(c *dram.Context) {
		c.XML(http.StatusOK, dram.H{"d": 4, "a": 1, "e": "<", "c": 3, "b": dram.H{"y": 2, "x": 1}})
	})
	assert.Equal(t, "<map><a>1</a><map><x>1</x><y>2</y></map><c>3</c><d>4</d><e>&lt;</e></map>", w.Body.String())
}
