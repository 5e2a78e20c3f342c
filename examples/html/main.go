// Html renders pages from templates inside the binary, with functions of ours.
//
//	go run ./examples/html
//	curl 'http://127.0.0.1:8080/?guest=Ada'
package main

import (
	"embed"
	"fmt"
	"html/template"
	"log"
	"net/http"

	"github.com/dram-go/dram"
)

//go:embed templates
var files embed.FS

type dish struct {
	Name  string
	Cents int
}

var menu = []dish{{"Onion soup", 650}, {"Bread & butter", 240}}

// euros is called by the templates. What it returns is escaped like any value.
func euros(cents int) string { return fmt.Sprintf("%d.%02d €", cents/100, cents%100) }

func newEngine() *dram.Engine {
	engine := dram.Default()
	engine.SetFuncMap(template.FuncMap{"euros": euros}) // before the templates that call it
	engine.LoadHTMLFS(http.FS(files), "templates/*.html")
	engine.GET("/", func(c *dram.Context) {
		c.HTML(http.StatusOK, "menu.html", dram.H{"Guest": c.DefaultQuery("guest", "guest"), "Menu": menu})
	})
	return engine
}

func main() {
	if err := newEngine().Run("127.0.0.1:8080"); err != nil {
		log.Fatal(err)
	}
}
