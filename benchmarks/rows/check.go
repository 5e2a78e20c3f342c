package rows

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"

	"github.com/dram-go/dram/benchmarks/peers"
)

// Check has a framework answer the row as it will be timed, and where that says nothing about the route found, a second
// time with handlers that echo it. An error that is peers.ErrRefuses: the framework cannot hold the routes.
func (r Row) Check(p peers.Peer) error {
	defer p.Enter()()
	var bound any
	app := r.App
	app.Signup = func(signup *peers.Signup) { bound = *signup }
	app.Items = func(items *peers.Items) { bound = *items }
	handler, err := p.Build(app)
	if err != nil {
		return err
	}
	for _, request := range r.Requests {
		bound = nil
		err := request.Check(app, Serve(handler, request))
		switch {
		case app.Work == peers.BindList && encoded(bound) != request.Body,
			app.Work.Binds() && app.Work != peers.BindList && !reflect.DeepEqual(bound, signup):
			err = errors.Join(err, fmt.Errorf("bound %+v", bound))
		case app.Work.Binds() && app.Work != peers.BindList:
			if answer := Serve(handler, request.Broken()); answer.Code != http.StatusBadRequest {
				err = errors.Join(err, fmt.Errorf("status %d for a value that breaks a rule, want 400", answer.Code))
			}
		}
		if err != nil {
			return fmt.Errorf("%s, row %s, %s %s: %w", p.Name, r.Name, request.Method, request.Target, err)
		}
	}
	return r.checkEcho(p)
}

// Check compares the answer with what the work must write.
func (r Request) Check(app peers.App, answer *httptest.ResponseRecorder) error {
	want, media := "", ""
	switch app.Work {
	case peers.WriteParam:
		want = r.Params[0]
	case peers.Text:
		want, media = peers.Greeting, "text/plain"
	case peers.JSON:
		want, media = encoded(app.Value), jsonType
	case peers.ParamJSON:
		want, media = encoded(peers.Named(r.Params[0])), jsonType
	}
	err := Same(answer, r.Status, media, want)
	methods := strings.FieldsFunc(strings.Join(answer.Header().Values("Allow"), ","), func(c rune) bool { return c == ',' || c == ' ' })
	for _, method := range r.Allow {
		if !slices.Contains(methods, method) {
			err = errors.Join(err, fmt.Errorf("the header Allow, %q, lacks %s", methods, method))
		}
	}
	return err
}

// Same compares the status of an answer, and if that is 200, its media type, unless none is wanted, and its body, but for a newline
// at the end.
func Same(answer *httptest.ResponseRecorder, status int, media, body string) error {
	got := strings.TrimSuffix(answer.Body.String(), "\n")
	gotMedia, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";")
	switch {
	case answer.Code != status:
		return fmt.Errorf("status %d, want %d", answer.Code, status)
	case status != http.StatusOK:
		return nil
	case got != strings.TrimSuffix(body, "\n"):
		return fmt.Errorf("body %.80q of %d bytes, want %.80q of %d", got, len(got), body, len(body))
	case media != "" && !strings.EqualFold(gotMedia, media):
		return fmt.Errorf("media type %q, want %q", gotMedia, media)
	}
	return nil
}

// checkEcho asks which route answered, with which params.
func (r Row) checkEcho(p peers.Peer) error {
	app := r.App
	app.Work = peers.Echo
	handler, err := p.Build(app)
	if err != nil {
		return err
	}
	for _, request := range r.Requests {
		if request.Route == nil {
			continue
		}
		want := request.Route.Echo(func(name string) string {
			return request.Params[slices.Index(request.Route.Params(), name)]
		})
		if answer := Serve(handler, request); answer.Code != http.StatusOK || answer.Body.String() != want {
			return fmt.Errorf("%s, row %s, %s %s: status %d, answer %q, want %q",
				p.Name, r.Name, request.Method, request.Target, answer.Code, answer.Body, want)
		}
	}
	return nil
}

// Serve has a handler answer a request.
func Serve(handler http.Handler, request Request) *httptest.ResponseRecorder {
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request.NewCall().Request)
	return answer
}

// encoded is the value as JSON.
func encoded(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}
