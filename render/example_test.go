package render_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/dram-go/dram/render"
)

// A Render works in any net/http handler. Nothing was sent when it fails, so
// there is still an answer to give.
func Example() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		var answer any = map[string]string{"name": "Oban"}
		if r.URL.Path != "/oban" {
			answer = make(chan int) // which no encoder can write
		}
		if err := (render.JSON{Data: answer}).Render(w); err != nil {
			http.Error(w, "sorry", http.StatusInternalServerError)
		}
	}
	for _, path := range []string{"/oban", "/ardbeg"} {
		w := httptest.NewRecorder()
		handler(w, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(w.Code, strings.TrimSpace(w.Body.String()))
	}
	// Output:
	// 200 {"name":"Oban"}
	// 500 sorry
}

func ExampleString() {
	w := httptest.NewRecorder()
	fmt.Println(render.String{Format: "%s, %d years", Data: []any{"Oban", 14}}.Render(w), w.Body)

	w = httptest.NewRecorder()
	fmt.Println(render.String{Format: "43% vol."}.Render(w), w.Body)
	// Output:
	// <nil> Oban, 14 years
	// <nil> 43% vol.
}

func ExampleSecureJSON() {
	w := httptest.NewRecorder()
	err := render.SecureJSON{Prefix: "while(1);", Data: []string{"Oban", "Ardbeg"}}.Render(w)
	fmt.Println(err, w.Body)
	// Output: <nil> while(1);["Oban","Ardbeg"]
}

func ExampleXML() {
	type malt struct {
		Name string `xml:"name"`
		Age  int    `xml:"age,attr"`
	}
	w := httptest.NewRecorder()
	err := render.XML{Data: malt{"Oban", 14}}.Render(w)
	fmt.Println(err, w.Body)
	// Output: <nil> <malt age="14"><name>Oban</name></malt>
}

func ExampleData() {
	w := httptest.NewRecorder()
	err := render.Data{ContentType: "image/svg+xml", Data: []byte("<svg/>")}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"), w.Header().Get("Content-Length"))
	// Output: <nil> image/svg+xml 6
}

func ExampleReader() {
	w := httptest.NewRecorder()
	err := render.Reader{
		ContentType:   "text/csv",
		ContentLength: 8,
		Reader:        strings.NewReader("Oban,14\n"),
		Headers:       map[string]string{"Content-Disposition": `attachment; filename="malts.csv"`},
	}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Disposition"))
	fmt.Print(w.Body)
	// Output:
	// <nil> attachment; filename="malts.csv"
	// Oban,14
}

func ExampleRedirect() {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodPost, "/malts", nil)
	err := render.Redirect{Code: http.StatusSeeOther, Request: r, Location: "/malts/7"}.Render(w)
	fmt.Println(err, w.Code, w.Header().Get("Location"))
	// Output: <nil> 303 /malts/7
}

// A format needs its codec; the error says which import is missing.
func ExampleBSON() {
	w := httptest.NewRecorder()
	err := render.BSON{Data: map[string]int{"age": 14}}.Render(w)
	fmt.Println(err)
	fmt.Println(w.Body.Len())
	// Output:
	// dram: the "bson" format needs its codec: add the line import _ "github.com/dram-go/dram/contrib/bson": no such codec is registered
	// 0
}

func ExampleHTMLDebug() {
	pages := render.HTMLDebug{
		FileSystem: http.FS(os.DirFS("testdata")),
		Patterns:   []string{"pages/*.html"},
		Delims:     render.Delims{Left: "[[", Right: "]]"},
	}
	w := httptest.NewRecorder()
	err := pages.Instance("malt.html", "Oban & co").Render(w)
	fmt.Println(err, strings.TrimSpace(w.Body.String()))
	// Output: <nil> <h1>Oban &amp; co</h1>
}
