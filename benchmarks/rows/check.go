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

// Check has a framework answer the row as it will be timed, and where that says
// nothing about the route found, a second time with handlers that echo it. An
// error that is peers.ErrRefuses tells that the framework cannot hold the routes.
func Check(row Row, p peers.Peer) error {
	if swapped, ok := p.(peers.Swapped); ok {
		defer swapped.Enter()()
	}
	app := row.App
	var bound *peers.Signup
	var items *peers.Items
	app.Signup = func(signup *peers.Signup) { bound = signup }
	app.Items = func(list *peers.Items) { items = list }
	handler, err := peers.Build(p, app)
	if err != nil {
		return err
	}
	for _, request := range row.Requests {
		bound, items = nil, nil
		answer := serve(handler, request)
		if err := request.checkAnswer(app, answer); err != nil {
			return fmt.Errorf("%s, row %s, %s %s: %w", p.Name(), row.Name, request.Method, request.Target, err)
		}
		if app.Work == peers.BindList {
			if again, err := json.Marshal(items); err != nil || string(again) != request.Body {
				return fmt.Errorf("%s, row %s: bound another value", p.Name(), row.Name)
			}
		} else if app.Work.Binds() && (bound == nil || !reflect.DeepEqual(*bound, Signup)) {
			return fmt.Errorf("%s, row %s: bound %+v", p.Name(), row.Name, bound)
		}
	}
	return errors.Join(checkEcho(row, p), checkRules(row, handler))
}

// checkAnswer compares the answer with what the work must write.
func (r Request) checkAnswer(app peers.App, answer *httptest.ResponseRecorder) error {
	want, contentType := "", ""
	switch {
	case answer.Code != r.Status:
		return fmt.Errorf("status %d, want %d", answer.Code, r.Status)
	case r.Allow != nil:
		list := strings.Join(answer.Header().Values("Allow"), ",")
		methods := strings.Split(strings.ReplaceAll(list, " ", ""), ",")
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
		value, err := json.Marshal(app.Value)
		if err != nil {
			return err
		}
		want, contentType = string(value), jsonType
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
func checkEcho(row Row, p peers.Peer) error {
	app := row.App
	app.Work = peers.Echo
	handler, err := peers.Build(p, app)
	if err != nil {
		return err
	}
	for _, request := range row.Requests {
		if request.Route == nil {
			continue
		}
		values := map[string]string{}
		for i, name := range request.Route.Params() {
			values[name] = request.Params[i]
		}
		want := request.Route.Echo(func(name string) string { return values[name] })
		if answer := serve(handler, request); answer.Code != http.StatusOK || answer.Body.String() != want {
			return fmt.Errorf("%s, row %s, %s %s: status %d, answer %q, want %q",
				p.Name(), row.Name, request.Method, request.Target, answer.Code, answer.Body, want)
		}
	}
	return nil
}

// checkRules sends what breaks one rule of a Signup: a peer that binds must validate.
func checkRules(row Row, handler http.Handler) error {
	if !row.App.Work.Binds() || row.App.Work == peers.BindList {
		return nil
	}
	request := row.Requests[0]
	request.Target = strings.Replace(request.Target, "age=42", "age=17", 1)
	request.Body = strings.NewReplacer(`"age":42`, `"age":17`, "age=42", "age=17").Replace(request.Body)
	if answer := serve(handler, request); answer.Code != http.StatusBadRequest {
		return fmt.Errorf("row %s: status %d for a value that breaks a rule, want 400", row.Name, answer.Code)
	}
	return nil
}

func serve(handler http.Handler, request Request) *httptest.ResponseRecorder {
	call, answer := request.NewCall(), httptest.NewRecorder()
	call.Rewind()
	handler.ServeHTTP(answer, call.Request)
	return answer
}
