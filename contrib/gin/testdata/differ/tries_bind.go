package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http/httptest"
	"net/netip"
	"strings"

	"github.com/gin-gonic/gin"
	"github.com/gin-gonic/gin/binding"
	"github.com/go-playground/validator/v10"
)

var bindTries = map[string]func() any{
	"field":   body("{}", func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) }),
	"type":    query("name=a&age=x&bool=y", func(c *gin.Context) any { return c.ShouldBindQuery(&person{}) }),
	"alltype": body(`{"name":1,"age":"x"}`, func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) }),
	"eof":     body("", func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) == io.EOF }),
	"cut":     body("nul", func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) == io.ErrUnexpectedEOF }),
	"sliceas": body(`[{}]`, func(c *gin.Context) any {
		var fields validator.ValidationErrors
		return errors.As(c.ShouldBindJSON(&[]person{}), &fields)
	}),
	"sliceindex": body(`[{"name":"a"},{}]`, func(c *gin.Context) any {
		var list binding.SliceValidationError
		errors.As(c.ShouldBindJSON(&[]person{}), &list)
		return list.Error()
	}),
	"null": body(`[null]`, func(c *gin.Context) any { return c.ShouldBindJSON(&[]*person{}) }),
	"anyrule": body(`{"V":[1]}`, func(c *gin.Context) any {
		return c.ShouldBindJSON(&struct {
			V any `binding:"gt=1s"`
		}{})
	}),
	"alias": query("v=a", func(c *gin.Context) any {
		binding.Validator.Engine().(*validator.Validate).RegisterAlias("word", "min=2")
		var fields validator.ValidationErrors
		errors.As(c.ShouldBindQuery(&struct {
			V string `form:"v" binding:"word"`
		}{}), &fields)
		return fields[0].Tag() + " " + fields[0].ActualTag()
	}),
	"embedded": query("v=x&a=1&b=2", func(c *gin.Context) any {
		var v struct {
			V struct {
				Embedded
				B string `form:"b"`
			} `form:"v"`
		}
		return fmt.Sprint(c.ShouldBindQuery(&v), v)
	}),
	"huge": func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", io.LimitReader(zeros{}, 33<<20))
		_, err := c.GetRawData()
		return err
	},
	"after":     body(`{"name":"a"} x`, func(c *gin.Context) any { return c.ShouldBindJSON(&person{}) }),
	"documents": body("name: ann\n---\nname: bob\n", func(c *gin.Context) any { return c.ShouldBindYAML(&person{}) }),
	"elements":  body(`<p><name>ann</name></p><p><name>bob</name></p>`, func(c *gin.Context) any { return c.ShouldBindXML(&person{}) }),
	"bytes":     body("\x81\xa4name\xa3ann\x01", func(c *gin.Context) any { return c.ShouldBindWith(&person{}, binding.MsgPack) }),
	"case":      func() any { return binding.Default("POST", "Application/JSON").Name() },
	"default":   func() any { return binding.Default("POST", "application/json; charset=utf-8").Name() },
	"parser": query("", func(c *gin.Context) any {
		return c.ShouldBindQuery(&struct {
			V netip.Addr `form:"v,parser=none"`
		}{})
	}),
	"collection": query("", func(c *gin.Context) any {
		return c.ShouldBindQuery(&struct {
			V []string `form:"v" collection_format:"none"`
		}{})
	}),
	"nilmap":      query("a=1", func(c *gin.Context) any { var m map[string]any; return c.ShouldBindQuery(&m) }),
	"destination": query("name=a", func(c *gin.Context) any { return c.ShouldBindQuery(person{}) }),
	"string":      query("name=a", func(c *gin.Context) any { var s string; return c.ShouldBindQuery(&s) }),
	"textunmarshaler": query("v=1.2.3.4", func(c *gin.Context) any {
		var v struct {
			V netip.Addr `form:"v"`
		}
		return fmt.Sprint(c.ShouldBindQuery(&v), v)
	}),
	"fileoftext": fileOf("multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\ntext\r\n--b--\r\n"),
	"utf8":       query("name=%ff", func(c *gin.Context) any { return c.ShouldBindQuery(&person{}) }),
	"nan": query("v=NaN", func(c *gin.Context) any {
		return c.ShouldBindQuery(&struct {
			V float64 `form:"v"`
		}{})
	}),
	"number": query("v=x", func(c *gin.Context) any {
		return c.ShouldBindQuery(&struct {
			V json.Number `form:"v"`
		}{})
	}),
	"unpacked": body("\x81\xa1a\xa1b", func(c *gin.Context) any {
		var v map[string]any
		return fmt.Sprintf("%v %T", c.ShouldBindWith(&v, binding.MsgPack), v["a"])
	}),
	"emptynested": query("v=", func(c *gin.Context) any {
		return c.ShouldBindQuery(&struct {
			V struct{ A int } `form:"v"`
		}{})
	}),
}

// fileOf binds a file of a body.
func fileOf(contentType, body string) func() any {
	return func() any {
		c, _ := gin.CreateTestContext(httptest.NewRecorder())
		c.Request = httptest.NewRequest("POST", "/", strings.NewReader(body))
		c.Request.Header.Set("Content-Type", contentType)
		var v struct {
			F *multipart.FileHeader `form:"f" binding:"required"`
		}
		err := c.ShouldBind(&v)
		return fmt.Sprint(v.F != nil, " ", err)
	}
}

// Embedded is a BindUnmarshaler that a struct with other fields may embed.
type Embedded struct{ A string }

// UnmarshalParam implements binding.BindUnmarshaler.
func (e *Embedded) UnmarshalParam(text string) error { e.A = text; return nil }

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }
