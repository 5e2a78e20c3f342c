package dram

import (
	"cmp"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"path/filepath"
	"strings"

	"github.com/dram-go/dram/internal/caller"
	"github.com/dram-go/dram/render"
)

// This file loads the templates of Context.HTML: parsed once in release mode,
// at each request in debug mode, so that an edited page shows on reload.
// See docs/internals/14-render.md.

// Delims sets the delimiters of templates that are loaded after the call.
// Default {{ and }}.
func (engine *Engine) Delims(left, right string) *Engine {
	if engine.loaded != nil {
		engine.debugPrint("[WARNING] Delims (%s) comes after the templates were loaded, with other delimiters: call it before", caller.Program())
	}
	engine.delims = render.Delims{Left: left, Right: right}
	return engine
}

// SetFuncMap sets the functions of templates that are loaded after the call.
func (engine *Engine) SetFuncMap(funcMap template.FuncMap) {
	if engine.loaded != nil {
		engine.debugPrint("[WARNING] SetFuncMap (%s) comes after the templates were loaded, without its functions: call it before", caller.Program())
	}
	engine.FuncMap = funcMap
}

// LoadHTMLGlob loads the templates in the files that match pattern (see
// filepath.Match); each is named by its file's base name. It panics when no
// file matches or one cannot be parsed.
func (engine *Engine) LoadHTMLGlob(pattern string) {
	engine.loadHTML(render.HTMLDebug{Glob: pattern})
}

// LoadHTMLFiles loads the templates in files; see LoadHTMLGlob.
func (engine *Engine) LoadHTMLFiles(files ...string) {
	engine.loadHTML(render.HTMLDebug{Files: files})
}

// LoadHTMLFS loads the templates in the files of fs that match the patterns;
// see LoadHTMLGlob. For an embed.FS pass http.FS(files).
func (engine *Engine) LoadHTMLFS(fs http.FileSystem, patterns ...string) {
	engine.mustFS("LoadHTMLFS", strings.Join(patterns, " "), fs)
	engine.loadHTML(render.HTMLDebug{FileSystem: fs, Patterns: patterns})
}

// loadHTML loads the templates of a source.
func (engine *Engine) loadHTML(source render.HTMLDebug) {
	engine.noteLate("LoadHTML of", "/")
	source.FuncMap, source.Delims = engine.FuncMap, engine.delims
	templ, err := source.Parse()
	if err != nil {
		panic("dram: load the HTML templates: " + err.Error() + templateMend(source, err))
	}
	engine.loaded = func() { engine.keepTemplates(templ) } // so that only a program that loads some links the engine of templates
	if !engine.debugging() {
		engine.setTemplates(templ)
		return
	}
	for _, t := range templ.Templates() {
		engine.debugPrint("loaded HTML template %q", t.Name())
	}
	engine.HTMLRender = source
}

// SetHTMLTemplate sets the templates of Context.HTML, which are then never
// parsed again.
func (engine *Engine) SetHTMLTemplate(templ *template.Template) {
	if templ == nil {
		panic("dram: SetHTMLTemplate (" + engine.source.Of() + "): the template is nil: pass one that was parsed")
	}
	engine.noteLate("SetHTMLTemplate of", "/")
	engine.setTemplates(templ)
}

func (engine *Engine) setTemplates(templ *template.Template) {
	engine.HTMLRender = render.HTMLProduction{Template: templ.Funcs(engine.FuncMap)}
}

// keepTemplates ends the time in which templates are parsed anew at each request, if the
// program has left debug mode since they were loaded.
func (engine *Engine) keepTemplates(loaded *template.Template) {
	if _, anew := engine.HTMLRender.(render.HTMLDebug); anew {
		engine.setTemplates(loaded)
	}
}

// templateMend says what to do about templates that cannot be parsed.
func templateMend(source render.HTMLDebug, err error) string {
	switch text := err.Error(); {
	case strings.Contains(text, "function ") && strings.Contains(text, " not defined"):
		return "; call SetFuncMap before the templates are loaded"
	case strings.Contains(text, "is a directory"):
		return "; the pattern matches a directory as well: write one that matches files, such as templates/*.html"
	case errors.Is(err, fs.ErrNotExist), strings.Contains(text, "matches no files"):
		return relativeTo()
	case errors.Is(err, path.ErrBadPattern), errors.Is(err, filepath.ErrBadPattern):
		return fmt.Sprintf("; correct the pattern %q", cmp.Or(source.Glob, strings.Join(source.Patterns, " ")))
	}
	return ""
}
