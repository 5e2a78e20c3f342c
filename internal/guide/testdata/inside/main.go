// Inside prints what no program can ask for: the trees of an Engine, and the plan of a type.
// inside.go compiles it with packages that tell them.
package main

import (
	"encoding/json"
	"log"
	"os"
	"strings"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

type Search struct {
	Term string `form:"q" binding:"required"`
	Page Page   `form:"page"`
}

type Page struct {
	Size int `form:"size" binding:"max=100"`
}

func main() {
	dram.SetMode(dram.TestMode)
	engine := dram.New()
	for _, route := range []string{"GET /users", "GET /users/:id", "GET /up", "POST /users", "DELETE /users/:id"} {
		method, pattern, _ := strings.Cut(route, " ")
		engine.Handle(method, pattern, func(*dram.Context) {})
	}
	plan, err := binding.PlanOf(Search{}, "form")
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(map[string]any{"Trees": engine.Trees(), "Plan": plan})
	}
	if err != nil {
		log.Fatal(err)
	}
}
