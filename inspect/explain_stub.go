package inspect

import (
	"html/template"

	"github.com/dram-go/dram"
)

func treeSVG(_ *dram.Engine, host, method, path string) template.HTML { return "" }
