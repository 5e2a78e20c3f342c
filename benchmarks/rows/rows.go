// Package rows holds what is measured through http.Handler: for each row of the
// table an application, and the requests that it answers. The check of every
// row on every framework stands in its test, and is made again before a run.
package rows

import (
	"net/http"
	"slices"

	"github.com/dram-go/dram/benchmarks/peers"
)

// Group says what a row is about, and so which target it belongs to.
type Group string

const (
	Routing    Group = "routing"
	Middleware Group = "middleware"
	Render     Group = "render"
	Bind       Group = "bind"
	Miss       Group = "miss"
)

// Row is one row of the table. A figure of the row is about answering all its
// requests once.
type Row struct {
	Name     string
	Group    Group
	App      peers.App
	Requests []Request
	// Without names the frameworks that do not do what the row is about.
	Without []string
	// Engines adds dram with the JSON engines of contrib.
	Engines bool
}

// Request is a request and the answer that it must get.
type Request struct {
	Method, Target    string
	ContentType, Body string

	Status int
	Route  *peers.Route // the route that must answer, when there is one
	Params []string     // what its params must hold
	Allow  []string     // the methods that Allow must list, in any order
}

// Headers reports whether handlers of the row set headers, which then have to be
// removed before the next request.
func (r Row) Headers() bool { return r.Group == Render || r.Group == Miss }

// Peers are the frameworks of the row.
func (r Row) Peers() []peers.Peer {
	all := peers.All()
	if r.Engines {
		all = append(all, peers.DramEngines()...)
	}
	return slices.DeleteFunc(all, func(p peers.Peer) bool { return slices.Contains(r.Without, p.Name()) })
}

// All are the rows in the order of the table.
func All() []Row {
	return append(routing(), works()...)
}

func routing() []Row {
	github := Table("github")
	rows := []Row{
		one("Param", "/user/:name", "gordon"),
		one("Param5", wildcards(5), repeat("test", 5)...),
		one("Param20", wildcards(20), repeat("test", 20)...),
		one("ParamWrite", "/user/:name", "gordon"),
		{Name: "GithubStatic", App: peers.App{Routes: github}, Requests: []Request{
			hit(find(github, "GET", "/user/repos")),
		}},
		{Name: "GithubParam", App: peers.App{Routes: github}, Requests: []Request{
			hit(find(github, "GET", "/repos/:owner/:repo/stargazers"), "julienschmidt", "httprouter"),
		}},
		whole("GithubAll", github),
		whole("GPlusAll", Table("gplus")),
		whole("ParseAll", Table("parse")),
		whole("StaticAll", Table("static")),
		siblings(),
	}
	for i := range rows {
		rows[i].Group = Routing
	}
	rows[3].App.Work = peers.WriteParam
	return rows
}

// works are the rows of one route each that show what handlers do, and those of
// requests that no route answers.
func works() []Row {
	github := Table("github")
	return []Row{
		{Name: "5 middlewares", Group: Middleware, App: peers.App{Routes: get("/"), Middlewares: 5}, Requests: ok("GET", "/")},
		{Name: "String", Group: Render, App: peers.App{Routes: get("/"), Work: peers.Text}, Requests: ok("GET", "/")},
		{Name: "JSON small", Group: Render, App: peers.App{Routes: get("/"), Work: peers.JSON, Value: peers.Gordon}, Requests: ok("GET", "/")},
		{Name: "JSON 10 KB", Group: Render, App: peers.App{Routes: get("/"), Work: peers.JSON, Value: peers.Catalogue(10 << 10)}, Requests: ok("GET", "/"), Engines: true},
		{Name: "bind JSON", Group: Bind, App: post(peers.BindJSON), Requests: body(jsonType, signupJSON)},
		{Name: "bind query", Group: Bind, App: peers.App{Routes: get("/"), Work: peers.BindQuery}, Requests: ok("GET", "/?"+signupForm)},
		{Name: "bind form", Group: Bind, App: post(peers.BindForm), Requests: body(formType, signupForm)},
		{Name: "404", Group: Miss, App: peers.App{Routes: github}, Requests: []Request{
			{Method: "GET", Target: "/repos/julienschmidt/httprouter/unknown", Status: http.StatusNotFound},
		}},
		{Name: "405", Group: Miss, App: peers.App{Routes: github, MethodNotAllowed: true}, Requests: []Request{
			{Method: "DELETE", Target: "/user/repos", Status: http.StatusMethodNotAllowed, Allow: []string{"GET", "POST"}},
		}, Without: []string{"bunrouter"}}, // it sends no Allow
	}
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"

	signupJSON = `{"name":"Gordon","email":"gordon@example.com","age":42,"score":3.5,"news":true,"tags":["peated","islay"]}`
	signupForm = "name=Gordon&email=gordon%40example.com&age=42&score=3.5&news=true&tags=peated&tags=islay"
)

// Signup is what signupJSON and signupForm say.
var Signup = peers.Signup{
	Name: "Gordon", Email: "gordon@example.com", Age: 42, Score: 3.5, News: true, Tags: []string{"peated", "islay"},
}

func get(pattern string) []peers.Route { return []peers.Route{{Method: "GET", Pattern: pattern}} }

func post(work peers.Work) peers.App {
	return peers.App{Routes: []peers.Route{{Method: "POST", Pattern: "/"}}, Work: work}
}

func ok(method, target string) []Request {
	return []Request{{Method: method, Target: target, Status: http.StatusOK}}
}

func body(contentType, text string) []Request {
	return []Request{{Method: "POST", Target: "/", ContentType: contentType, Body: text, Status: http.StatusOK}}
}
