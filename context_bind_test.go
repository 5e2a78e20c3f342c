package dram_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
)

type person struct {
	Name string `json:"name" form:"name" xml:"name" header:"X-Name" uri:"name" binding:"required"`
	Age  int    `json:"age" form:"age" xml:"age" header:"X-Age" uri:"age" binding:"gte=0"`
}

func TestShouldBind(t *testing.T) {
	tests := []struct {
		name, method, target, contentType, body string
		bind                                    func(*dram.Context, any) error
	}{
		{"GET is the query", "GET", "/?name=Ann&age=7", "application/json", "", (*dram.Context).ShouldBind},
		{"json", "POST", "/", "Application/JSON; charset=utf-8", `{"name":"Ann","age":7}`, (*dram.Context).ShouldBind},
		{"xml", "POST", "/", "text/xml", `<p><name>Ann</name><age>7</age></p>`, (*dram.Context).ShouldBind},
		{"form", "POST", "/?age=7", "application/x-www-form-urlencoded", `name=Ann`, (*dram.Context).ShouldBind},
		{"unknown is a form", "POST", "/?name=Ann&age=7", "", ``, (*dram.Context).ShouldBind},
		{"QUERY", "QUERY", "/", "application/json", `{"name":"Ann","age":7}`, (*dram.Context).ShouldBind},
		{"ShouldBindJSON", "POST", "/", "", `{"name":"Ann","age":7}`, (*dram.Context).ShouldBindJSON},
		{"ShouldBindXML", "POST", "/", "", `<p><name>Ann</name><age>7</age></p>`, (*dram.Context).ShouldBindXML},
		{"ShouldBindQuery", "POST", "/?name=Ann&age=7", "", ``, (*dram.Context).ShouldBindQuery},
		{"ShouldBindBodyWithJSON", "POST", "/", "", `{"name":"Ann","age":7}`, (*dram.Context).ShouldBindBodyWithJSON},
		{"ShouldBindBodyWithXML", "POST", "/", "", `<p><name>Ann</name><age>7</age></p>`, (*dram.Context).ShouldBindBodyWithXML},
		{"BindJSON", "POST", "/", "", `{"name":"Ann","age":7}`, (*dram.Context).BindJSON},
		{"BindXML", "POST", "/", "", `<p><name>Ann</name><age>7</age></p>`, (*dram.Context).BindXML},
		{"BindQuery", "POST", "/?name=Ann&age=7", "", ``, (*dram.Context).BindQuery},
		{"Bind", "POST", "/", "application/json", `{"name":"Ann","age":7}`, (*dram.Context).Bind},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var p person
			require.NoError(t, tt.bind(contextFor(tt.method, tt.target, tt.contentType, tt.body), &p))
			assert.Equal(t, person{"Ann", 7}, p)
		})
	}
}

func TestBindHeaderAndUri(t *testing.T) {
	for _, bind := range []func(*dram.Context, any) error{(*dram.Context).ShouldBindHeader, (*dram.Context).BindHeader} {
		c := contextFor("GET", "/", "", "")
		c.Request.Header.Set("x-name", "Ann")
		c.Request.Header.Set("x-age", "7")
		var p person
		require.NoError(t, bind(c, &p))
		assert.Equal(t, person{"Ann", 7}, p)
	}
	for _, bind := range []func(*dram.Context, any) error{(*dram.Context).ShouldBindUri, (*dram.Context).BindUri} {
		c := contextFor("GET", "/", "", "")
		c.AddParam("name", "Ann")
		c.AddParam("age", "7")
		var p person
		require.NoError(t, bind(c, &p))
		assert.Equal(t, person{"Ann", 7}, p)
	}
}

func TestBindPlain(t *testing.T) {
	for _, bind := range []func(*dram.Context, any) error{
		(*dram.Context).ShouldBindPlain, (*dram.Context).BindPlain, (*dram.Context).ShouldBindBodyWithPlain,
	} {
		var text string
		require.NoError(t, bind(contextFor("POST", "/", "text/plain", "some text"), &text))
		assert.Equal(t, "some text", text)
	}
}

func TestBindAnswers400AndAborts(t *testing.T) {
	reached := false
	var bound error
	var errs []string
	r := dram.New()
	r.Use(func(c *dram.Context) {
		c.Next()
		for _, err := range c.Errors.ByType(dram.ErrorTypeBind) {
			errs = append(errs, err.Error())
		}
	})
	r.POST("/", func(c *dram.Context) {
		c.Request.Body = http.MaxBytesReader(c.Writer, c.Request.Body, 40)
		bound = c.BindJSON(&person{})
	}, func(*dram.Context) { reached = true })

	w := post(r, "/", `{"age":7}`)
	assert.Equal(t, 400, w.Code)
	assert.False(t, reached)
	assert.Len(t, errs, 1)
	var fields validator.ValidationErrors
	require.ErrorAs(t, bound, &fields)
	assert.Equal(t, "name", fields[0].Field(), "the client's name")

	assert.Equal(t, 413, post(r, "/", `{"name":"`+strings.Repeat("x", 50)+`"}`).Code)
	assert.Equal(t, 400, post(r, "/", `{"name":"x"} trailing`).Code)
	late := httptest.NewRecorder()
	r.ServeHTTP(late, httptest.NewRequest("POST", "/", iotest.ErrReader(os.ErrDeadlineExceeded)))
	assert.Equal(t, 408, late.Code)
}

func post(h http.Handler, target, body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest("POST", target, strings.NewReader(body)))
	return w
}

func TestBindUriAnswers400(t *testing.T) {
	r := dram.New()
	r.GET("/:age", func(c *dram.Context) { _ = c.BindUri(&person{}) })
	assert.Equal(t, 400, serve(r, "GET", "/x").Code)
}

func TestShouldBindLeavesTheAnswerToTheHandler(t *testing.T) {
	c := contextFor("POST", "/", "application/json", `{`)
	assert.Error(t, c.ShouldBind(&person{}))
	assert.False(t, c.IsAborted())
	assert.False(t, c.Writer.Written())
	assert.Empty(t, c.Errors)
}

func TestShouldBindBodyWithReadsTheBodyOnce(t *testing.T) {
	c := contextFor("POST", "/", "", `{"name":"Ann","age":7}`)
	var p, q person
	assert.Error(t, c.ShouldBindBodyWith(&p, binding.XML))
	require.NoError(t, c.ShouldBindBodyWith(&q, binding.JSON))
	assert.Equal(t, person{"Ann", 7}, q)
	body, _ := c.Get(dram.BodyBytesKey)
	assert.Equal(t, `{"name":"Ann","age":7}`, string(body.([]byte)))
}

// No test of this package may register a codec.
func TestFormatsWithoutTheirCodec(t *testing.T) {
	with := func(b binding.Binding) func(*dram.Context, any) error {
		return func(c *dram.Context, obj any) error { return c.ShouldBindWith(obj, b) }
	}
	binds := map[string]func(*dram.Context, any) error{
		"yaml": (*dram.Context).ShouldBindYAML, "toml": (*dram.Context).ShouldBindTOML,
		"msgpack": with(binding.MsgPack), "protobuf": with(binding.ProtoBuf), "bson": with(binding.BSON),
	}
	for name, bind := range binds {
		err := bind(contextFor("POST", "/", "", "a: 1"), &person{})
		assert.ErrorIs(t, err, codec.ErrNotRegistered)
		assert.ErrorContains(t, err, `import _ "github.com/dram-go/dram/contrib/`+name+`"`)
		assert.Nil(t, binding.FieldErrors(err), "no fault of the client's")
	}
	assert.Error(t, contextFor("POST", "/", "", "x").BindYAML(&person{}))
	assert.Error(t, contextFor("POST", "/", "", "x").BindTOML(&person{}))
	assert.Error(t, contextFor("POST", "/", "", "x").ShouldBindBodyWithYAML(&person{}))
	assert.Error(t, contextFor("POST", "/", "", "x").ShouldBindBodyWithTOML(&person{}))
	assert.Error(t, contextFor("POST", "/", "", "x").BindWith(&person{}, binding.YAML))
}

func TestBindMiddleware(t *testing.T) {
	r := dram.New()
	r.GET("/", dram.Bind(person{}), func(c *dram.Context) {
		c.JSON(200, c.MustGet(dram.BindKey).(*person))
	})
	assert.JSONEq(t, `{"name":"Ann","age":7}`, serve(r, "GET", "/?name=Ann&age=7").Body.String())
	assert.Equal(t, 400, serve(r, "GET", "/").Code)
	assertPanics(t, "can not be a pointer", func() { dram.Bind(&person{}) })
	assertPanics(t, "can not be a pointer", func() { dram.Bind(nil) })
}
