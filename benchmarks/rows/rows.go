// Package rows holds what is measured through http.Handler: for each row of a table an application, and the requests that it
// answers. Every framework has to answer every row rightly before it is timed.
package rows

import (
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram/benchmarks/peers"
)

// Row is one row of the table. A figure of the row is about answering all its requests once.
type Row struct {
	Name     string
	App      peers.App
	Requests []Request
	Without  []string // the frameworks that do not do what the row is about
	Engines  bool     // adds dram with other JSON engines
	Headers  bool     // handlers set headers, which are removed before the next request
}

// Request is a request and the answer that it must get.
type Request struct {
	Method, Target    string
	ContentType, Body string
	Header            http.Header

	Status int
	Route  *peers.Route // the route that must answer, when there is one
	Params []string     // what its params must hold
	Allow  []string     // the methods that Allow must list, in any order
}

// Peers are the frameworks of the row, and the floor below them.
func (r Row) Peers() []peers.Peer {
	all := peers.All()
	if !r.App.Work.Binds() {
		all = append(all, peers.FloorPeer())
	}
	if r.Engines {
		all = append(all, peers.Engines()...)
	}
	return slices.DeleteFunc(all, func(p peers.Peer) bool { return slices.Contains(r.Without, p.Name) })
}

// Parallel are the rows that are measured on two processors as well.
func Parallel() []Row {
	return slices.DeleteFunc(All(), func(r Row) bool { return !slices.Contains([]string{"Param", "GithubAll", "JSON small"}, r.Name) })
}

// All are the rows in the order of the table: the routes, then what handlers do, then requests that no route answers.
func All() []Row {
	github, user := table("github"), get("/user/:name")
	rows := []Row{
		one("Param", "/user/:name", "gordon"),
		one("Param5", wildcards(5), slices.Repeat([]string{"test"}, 5)...),
		one("Param20", wildcards(20), slices.Repeat([]string{"test"}, 20)...),
		{Name: "ParamWrite", App: peers.App{Routes: user, Work: peers.WriteParam}, Requests: []Request{hit(&user[0], "gordon")}},
		{Name: "GithubStatic", App: peers.App{Routes: github}, Requests: []Request{hit(find(github, "GET", "/user/repos"))}},
		{Name: "GithubParam", App: peers.App{Routes: github}, Requests: []Request{
			hit(find(github, "GET", "/repos/:owner/:repo/stargazers"), "julienschmidt", "httprouter"),
		}},
		whole("GithubAll", github),
		whole("GPlusAll", table("gplus")),
		whole("ParseAll", table("parse")),
		whole("StaticAll", table("static")),
		siblings(),
		{Name: "5 middlewares", App: peers.App{Routes: get("/"), Middlewares: 5}, Requests: ok("GET", "/")},
		{Name: "String", App: peers.App{Routes: get("/"), Work: peers.Text}, Requests: ok("GET", "/"), Headers: true},
		{Name: "JSON small", App: answering(peers.Gordon), Requests: ok("GET", "/"), Engines: true, Headers: true},
		{Name: "param + JSON", App: peers.App{Routes: user, Work: peers.ParamJSON}, Requests: []Request{hit(&user[0], "gordon")}, Headers: true},
		{Name: "JSON 10 KB", App: answering(peers.Catalogue(10 << 10)), Requests: ok("GET", "/"), Engines: true, Headers: true},
		{Name: "bind JSON", App: post(peers.BindJSON), Requests: body(jsonType, signupJSON), Engines: true},
		{Name: "bind query", App: peers.App{Routes: get("/"), Work: peers.BindQuery}, Requests: ok("GET", "/?"+signupForm)},
		{Name: "bind form", App: post(peers.BindForm), Requests: body(formType, signupForm)},
		{Name: "404", App: peers.App{Routes: github}, Headers: true, Requests: []Request{
			{Method: "GET", Target: "/repos/julienschmidt/httprouter/unknown", Status: http.StatusNotFound},
		}},
		{Name: "405", App: peers.App{Routes: github, MethodNotAllowed: true}, Headers: true, Requests: []Request{
			{Method: "DELETE", Target: "/user/repos", Status: http.StatusMethodNotAllowed, Allow: []string{"GET", "POST"}},
		}, Without: []string{"bunrouter"}}, // it sends no Allow
	}
	return rows
}

// Bodies are rows of bodies of about this many bytes: out, and in.
func Bodies(size int) (render, bind Row) {
	value := peers.Catalogue(size)
	// The four that bind nothing are one program here: net/http's own.
	without := []string{"chi", "httprouter", "bunrouter", peers.Floor}
	render = Row{App: answering(value), Requests: ok("GET", "/"), Headers: true, Without: without}
	bind = Row{App: post(peers.BindList), Requests: body(jsonType, encoded(value)), Without: without}
	return render, bind
}

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"

	signupForm = "name=Gordon&email=gordon%40example.com&age=42&score=3.5&news=true&tags=peated&tags=islay"
)

// signup is what the bind rows send.
var (
	signup = peers.Signup{
		Name: "Gordon", Email: "gordon@example.com", Age: 42, Score: 3.5, News: true, Tags: []string{"peated", "islay"},
	}
	signupJSON = encoded(signup)
)

func get(pattern string) []peers.Route { return []peers.Route{{Method: "GET", Pattern: pattern}} }

func post(work peers.Work) peers.App {
	return peers.App{Routes: []peers.Route{{Method: "POST", Pattern: "/"}}, Work: work}
}

func answering(value any) peers.App {
	return peers.App{Routes: get("/"), Work: peers.JSON, Value: value}
}

func ok(method, target string) []Request {
	return []Request{{Method: method, Target: target, Status: http.StatusOK}}
}

func body(contentType, text string) []Request {
	return []Request{{Method: "POST", Target: "/", ContentType: contentType, Body: text, Status: http.StatusOK}}
}

// Broken is the request, with a value that breaks one rule of a Signup.
func (r Request) Broken() Request {
	swap := strings.NewReplacer(`"age":42`, `"age":17`, "age=42", "age=17")
	r.Target, r.Body, r.Status = swap.Replace(r.Target), swap.Replace(r.Body), http.StatusBadRequest
	return r
}
