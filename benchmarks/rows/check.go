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
	want, contentType := "", ""
	switch {
	case answer.Code != r.Status:
		return fmt.Errorf("status %d, want %d", answer.Code, r.Status)
	case r.Allow != nil:
		methods := strings.FieldsFunc(strings.Join(answer.Header().Values("Allow"), ","), func(c rune) bool { return c == ',' || c == ' ' })
		for _, method := range r.Allow {
			if !slices.Contains(methods, method) {
				return fmt.Errorf("the header Allow, %q, lacks %s", methods, method)
			}
		}
		return nil
	case r.Status != http.StatusOK:
		return nil
	case app.Work == peers.WriteParam:
		want = r.Params[0]
	case app.Work == peers.Text:
		want, contentType = peers.Greeting, "text/plain"
	case app.Work == peers.JSON:
		want, contentType = encoded(app.Value), jsonType
	case app.Work == peers.ParamJSON:
		want, contentType = encoded(peers.Named(r.Params[0])), jsonType
	}
	if got := strings.TrimSuffix(answer.Body.String(), "\n"); got != want {
		return fmt.Errorf("body %.80q, want %.80q", got, want)
	}
	if got, _, _ := strings.Cut(answer.Header().Get("Content-Type"), ";"); contentType != "" && !strings.EqualFold(got, contentType) {
		return fmt.Errorf("Content-Type %q, want %q", got, contentType)
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
