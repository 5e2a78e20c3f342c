// Package caller finds names and positions in the program: of the call that registers
// a route, of a handler, of a panic. See docs/internals/04-handle.md.
package caller

import (
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// Position is where the program has called last. Any, Match and loops register many
// routes at one position; these share its text.
type Position struct {
	pc     uintptr
	text   string
	inside []uintptr // calls of those that register, known as such: a few that recur
	pcs    [16]uintptr
}

// registering are the packages through which a program registers: the core, those that register routes of
// their own for it, the functions that contrib/gin has in the place of Gin's, and reflection.
var registering = []string{
	"github.com/dram-go/dram.", "github.com/dram-go/dram/typed.", "github.com/dram-go/dram/inspect.", "github.com/dram-go/dram/contrib/docsui.",
	"github.com/gin-gonic/gin/ginS.", "reflect.",
}

// Of returns the file:line of the program's call: the first frame outside of those that
// register, which is nearly always one of the first two.
func (cache *Position) Of() string {
	for _, depth := range []int{2, len(cache.pcs)} {
		n := runtime.Callers(3, cache.pcs[:depth])
		for i := range n {
			if text := cache.at(i); text != "" {
				return text
			}
		}
		if n < depth {
			break
		}
	}
	return ""
}

// at returns the position of one of the calls, "" for one of those that register.
func (cache *Position) at(i int) string {
	pc := cache.pcs[i]
	if slices.Contains(cache.inside, pc) {
		return ""
	}
	if pc != cache.pc {
		frame, _ := runtime.CallersFrames(cache.pcs[i : i+1]).Next()
		if isOf(frame, registering) {
			cache.inside = append(cache.inside, pc)
			return ""
		}
		cache.pc, cache.text = pc, frame.File+":"+strconv.Itoa(frame.Line)
	}
	return cache.text
}

// isOf reports whether the function of a frame begins with one of the prefixes.
func isOf(frame runtime.Frame, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(frame.Function, prefix) })
}

// between are the functions that stand between a program and what it calls: the core's,
// contrib/gin's, and those of the standard library that write.
var between = []string{
	"github.com/gin-gonic/gin.", "github.com/gin-gonic/gin/ginS.", "github.com/gin-gonic/gin/render.",
	"github.com/dram-go/dram.", "github.com/dram-go/dram/render.", "github.com/dram-go/dram/internal/",
	"github.com/dram-go/dram/binding.", "github.com/dram-go/dram/inspect.", "github.com/dram-go/dram/middleware.", "github.com/dram-go/dram/typed.", "runtime.", "net/http.", "io.", "fmt.", "bufio.", "html/template.", "text/template.", "encoding/", "compress/", "bytes.", "strings.",
}

// root is the folder of this module. The name of a function in a function that a program calls begins with the
// program's package if the compiler has inlined it, but its file is here.
var root = func() string {
	_, file, _, _ := runtime.Caller(0)
	return strings.TrimSuffix(file, "internal/caller/caller.go")
}()

// library is the folder of the standard library; "" if the program was built without folders (-trimpath).
var library = func() string {
	cut := reflect.ValueOf(strings.Cut).Pointer()
	file, _ := runtime.FuncForPC(cut).FileLine(cut)
	return strings.TrimSuffix(file, "strings/strings.go")
}()

// isLibrary reports whether a file is of the standard library, whatever package the compiler says of a function in it.
// Without folders a file has the path of its package, and that of a library's has no dot in its first word. What a line directive
// names is a source that is not Go's (//line views/home.qtpl:7).
func isLibrary(file string) bool {
	if library != "" {
		return strings.HasPrefix(file, library)
	}
	first, _, _ := strings.Cut(file, "/")
	isSource := strings.HasSuffix(file, ".go") || strings.HasSuffix(file, ".s")
	return isSource && first != "" && !strings.Contains(first, ".") && !slices.ContainsFunc(modules(), func(path string) bool {
		rest, isBelow := strings.CutPrefix(file, path)
		return isBelow && (strings.HasPrefix(rest, "/") || strings.HasPrefix(rest, "@"))
	})
}

// modules are the paths of the program's modules, which may have no dot either.
var modules = sync.OnceValue(func() (paths []string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return nil
	}
	for _, module := range append(info.Deps, &info.Main) {
		paths = append(paths, module.Path)
	}
	return paths
})

// isBetween reports whether a frame stands between a program and what it calls.
func isBetween(frame runtime.Frame) bool {
	if isOf(frame, between) || isLibrary(frame.File) {
		return true
	}
	file, isHere := strings.CutPrefix(frame.File, root)
	dir, _, _ := strings.Cut(file, "/")
	return isHere && !strings.HasSuffix(file, "_test.go") && (dir == file || slices.Contains([]string{"middleware", "render", "binding", "internal", "inspect", "typed"}, dir))
}

// observed is the function of package inspect that calls each layer.
const observed = "github.com/dram-go/dram/inspect.(*recorder).Handle"

// Calls are those that have led somewhere, which Program looks at when it is asked: to note
// them takes less than a microsecond.
type Calls []uintptr

// maxCalls is how many calls are noted: the program's own is behind a few of the core's.
const maxCalls = 24

// Note returns what has led to the caller.
func Note() Calls {
	var pcs [maxCalls]uintptr
	return append(Calls(nil), pcs[:runtime.Callers(3, pcs[:])]...)
}

// Program returns the file:line of the program's own call that has led here; "" if there is
// none.
func Program() string {
	var pcs [64]uintptr
	return Calls(pcs[:runtime.Callers(2, pcs[:])]).Program()
}

// Program returns the file:line of the program's own call among calls; "" if there is none.
func (calls Calls) Program() string {
	if len(calls) == 0 {
		return ""
	}
	frames := runtime.CallersFrames(calls)
	for more := true; more; {
		var frame runtime.Frame
		frame, more = frames.Next()
		if strings.HasPrefix(frame.Function, observed) {
			return "" // what is further out is another layer
		}
		if frame.Function == "runtime.gopanic" {
			return "" // what is further out has panicked, and what has recovered from it leads here
		}
		if !isBetween(frame) {
			return Short(frame.File + ":" + strconv.Itoa(frame.Line))
		}
	}
	return ""
}

// Short returns a position relative to the working directory if it is below that.
func Short(position string) string {
	if dir, err := os.Getwd(); err == nil {
		if short, ok := strings.CutPrefix(filepath.ToSlash(position), filepath.ToSlash(dir)+"/"); ok {
			return short
		}
	}
	return position
}

// Name returns the name of a function as the runtime knows it, with its
// package's path; "" for nil.
func Name(f any) string {
	value := reflect.ValueOf(f)
	if value.Kind() != reflect.Func || value.IsNil() {
		return ""
	}
	return runtime.FuncForPC(value.Pointer()).Name()
}

// Rename has NameOf and Defined speak of original, a function, in place of a closure with
// variables of its own that was made around it. It is forgotten with the closure.
func Rename[F any](f F, original any) {
	closure := *(**uintptr)(unsafe.Pointer(&f))
	renamed.Store(Address(f), reflect.ValueOf(original).Pointer())
	runtime.AddCleanup(closure, func(gone uintptr) { renamed.Delete(gone) }, Address(f))
}

// Address tells functions apart with what they have captured; 0 for nil. Package reflect knows the address of the code
// alone, which all closures of one function share.
func Address[F any](f F) uintptr { return *(*uintptr)(unsafe.Pointer(&f)) }

// renamed are the originals of closures, as long as these are in use, by their address.
var renamed sync.Map

// NameOf is Name, or that of the function for which Rename has taken f.
func NameOf[F any](f F) string {
	if original, ok := renamed.Load(Address(f)); ok {
		return runtime.FuncForPC(original.(uintptr)).Name()
	}
	return Name(f)
}

// Defined returns the file:line of the function that NameOf names; "" for nil, and for a method value
// (server.auth), whose function is the compiler's.
func Defined[F any](f F) string {
	if Address(f) == 0 {
		return ""
	}
	pc := reflect.ValueOf(f).Pointer()
	if original, ok := renamed.Load(Address(f)); ok {
		pc = original.(uintptr)
	}
	function := runtime.FuncForPC(pc)
	file, line := function.FileLine(function.Entry())
	if file == "<autogenerated>" {
		return ""
	}
	return file + ":" + strconv.Itoa(line)
}

// Same reports whether two functions are one, with the same variables: two calls of a constructor
// are not. A method value (server.auth) is made anew each time that it is written, so that these are
// compared by their names.
func Same[F any](a, b F) bool {
	if Address(a) == Address(b) {
		return true
	}
	name := Name(a)
	return strings.HasSuffix(name, "-fm") && name == Name(b)
}

// maxFrames is how many calls of a stack are reported.
const maxFrames = 64

// Stack returns the calls that led to the panic, innermost first. The
// runtime's own frames above it, and Recovery's, are left out.
func Stack() string {
	var out strings.Builder
	var pcs [maxFrames + 16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	panicking, count := false, 0
	for more := true; more && count < maxFrames; {
		var frame runtime.Frame
		frame, more = frames.Next()
		inRuntime := strings.HasPrefix(frame.Function, "runtime.")
		panicking = panicking || frame.Function == "runtime.gopanic"
		if !panicking || (inRuntime && count == 0) {
			continue
		}
		out.WriteString(frame.Function + "\n\t" + frame.File + ":" + strconv.Itoa(frame.Line) + "\n")
		count++
	}
	return out.String()
}

// ProgramOf returns the first file:line of the program in what Stack has returned; "" if there is none.
func ProgramOf(stack string) string {
	for stack != "" {
		var function, position string
		function, stack, _ = strings.Cut(stack, "\n\t")
		position, stack, _ = strings.Cut(stack, "\n")
		if file, _, _ := strings.Cut(position, ".go:"); !isBetween(runtime.Frame{Function: function, File: file + ".go"}) {
			return position
		}
	}
	return ""
}
