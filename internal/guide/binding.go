package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"

	"github.com/dram-go/dram/binding"
)

// This file binds requests: which Binding is chosen, and what a client is told of a bad one.

func init() {
	blocks["binding-choice"] = bindingChoice
	blocks["binding-errors"] = bindingErrors
}

func bindingChoice() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%-8s%-52s%s\n", "method", "Content-Type", "binding")
	for _, request := range [][2]string{
		{"GET", "application/json"}, {"POST", "application/json"}, {"PUT", "Application/JSON; charset=utf-8"}, {"POST", "application/x-www-form-urlencoded"},
		{"POST", "multipart/form-data; boundary=x"}, {"PATCH", "text/xml"}, {"POST", "application/yaml"}, {"POST", "text/plain"}, {"POST", ""},
	} {
		fmt.Fprintf(&out, "%-8s%-52s%s\n", request[0], request[1], binding.Default(request[0], request[1]).Name())
	}
	return fenced("text", out.String())
}

// order is what the requests below are bound into.
type order struct {
	Name  string `json:"name" form:"name" binding:"required"`
	Count int    `json:"count" form:"count" binding:"min=1"`
	Items []struct {
		Price float64 `json:"price" binding:"gt=0"`
	} `json:"items" form:"-" binding:"dive"`
}

func bindingErrors() string {
	form := func(body string) (*http.Request, binding.Binding) {
		req := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		req.Header.Set("Content-Type", binding.MIMEPOSTForm)
		return req, binding.Form
	}
	inJSON := func(body string) (*http.Request, binding.Binding) {
		return httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body)), binding.JSON
	}
	var out strings.Builder
	for _, sent := range []struct {
		body string
		as   func(string) (*http.Request, binding.Binding)
	}{
		{"name=&count=two", form},
		{`{"count": "two", "items": [{"price": 1}, {"price": "x"}, {"price": -1}]}`, inJSON},
		{`{"name": "Ann", "count"`, inJSON},
	} {
		req, b := sent.as(sent.body)
		fmt.Fprintf(&out, "%s\n", sent.body)
		for _, fault := range binding.FieldErrors(b.Bind(req, new(order))) {
			fmt.Fprintf(&out, "    %-6s%-16s%-12s%s\n", fault.Source, fault.Field, fault.Rule, fault.Message)
		}
	}
	return fenced("text", out.String())
}
