package typed_test

import (
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/typed"
)

func FuzzAPI(f *testing.F) {
	r, api := featured()
	typed.Fuzz[*testing.T](f, api, r)
}

// fuzzing is a *testing.F that runs by itself.
type fuzzing struct {
	seeds  int
	fatal  string
	faults []string
}

func (*fuzzing) Helper()      {}
func (f *fuzzing) Add(...any) { f.seeds++ }
func (f *fuzzing) Fatalf(format string, args ...any) {
	f.fatal = fmt.Sprintf(format, args...)
}

func (f *fuzzing) Errorf(format string, args ...any) {
	f.faults = append(f.faults, fmt.Sprintf(format, args...))
}

func (f *fuzzing) Fuzz(target any) {
	for seed := range uint64(600) {
		target.(func(*fuzzing, uint64, bool))(f, seed, seed%2 == 0)
	}
}

// fuzzed asks an API of one route, behind layers.
func fuzzed[In any](handle func(*In) (int, error), layers ...dram.HandlerFunc) *fuzzing {
	r, api := newAPI()
	r.Use(dram.RecoveryWithWriter(nil))
	r.Use(layers...)
	typed.POST(api, "/f", func(_ context.Context, in *In) (int, error) { return handle(in) })
	f := &fuzzing{}
	typed.Fuzz[*fuzzing](f, api, r)
	return f
}

func answers[In any](*In) (int, error) { return 1, nil }

func TestFuzzFindsNothingWrongWithWhatIsRight(t *testing.T) {
	asked := 0
	counts := func(c *dram.Context) {
		if c.Next(); c.Writer.Status() == 200 {
			asked++
		}
	}
	for name, run := range map[string]func() *fuzzing{
		"lists of texts": func() *fuzzing {
			return fuzzed(answers[struct {
				T []string `query:"t" binding:"max=3"`
				U []int    `query:"u" collection_format:"csv" binding:"max=2,unique"`
			}], counts)
		},
		"lists with a separator": func() *fuzzing {
			return fuzzed(answers[struct {
				T []int    `query:"t" collection_format:"pipes" binding:"min=2"`
				S []string `header:"X-S" collection_format:"ssv" binding:"dive,alphanum"`
			}], counts)
		},
		"forms": func() *fuzzing {
			return fuzzed(answers[struct {
				Name string   `form:"name" binding:"required,max=5"`
				N    int      `form:"n" binding:"min=1"`
				L    []string `form:"l" binding:"max=2"`
				B    bool     `form:"b"`
			}], counts)
		},
		"files": func() *fuzzing {
			return fuzzed(func(in *struct {
				Title string                  `form:"title" binding:"required,max=9"`
				Cover *multipart.FileHeader   `form:"cover" binding:"required"`
				More  []*multipart.FileHeader `form:"more" binding:"max=2"`
			},
			) (int, error) {
				return int(in.Cover.Size), nil
			}, counts)
		},
		"cookies": func() *fuzzing {
			return fuzzed(answers[struct {
				Theme string `cookie:"theme" binding:"required,oneof='dark blue' light"`
			}], counts)
		},
		"rules that a schema says less of": func() *fuzzing {
			return fuzzed(answers[struct {
				Wait  time.Duration          `query:"wait" binding:"omitempty,max=1000000000"`
				Keys  map[int]string         `json:"keys" binding:"max=2,dive,keys,min=3,endkeys,required"`
				Mail  string                 `json:"mail" binding:"omitempty,email"`
				Twice string                 `json:"twice" binding:"eqfield=Mail"`
				Maybe binding.Optional[*int] `json:"maybe"`
			}], counts)
		},
		"a body with what reads itself from a text embedded": func() *fuzzing {
			return fuzzed(answers[struct {
				netip.Addr
				N int `json:"n" binding:"min=3"`
			}], counts)
		},
		"values of texts": func() *fuzzing {
			return fuzzed(answers[struct {
				B *bool         `query:"b"`
				F float32       `query:"f" binding:"gt=0.5"`
				D time.Time     `query:"d" time_format:"2006-01-02"`
				W time.Duration `query:"w"`
				X time.Duration `header:"X-W"`
				U uint8         `header:"X-U" binding:"omitempty,min=3"`
			}], counts)
		},
	} {
		asked = 0
		f := run()
		assert.Empty(t, f.faults, name)
		assert.Greater(t, asked, 20, "%s: the handler is asked", name)
	}
}

func TestFuzzFindsWhatIsWrong(t *testing.T) {
	type needsCookie struct {
		N string `cookie:"n" binding:"required"`
	}
	f := fuzzed(func(*needsCookie) (int, error) { panic("never found") })
	assert.Contains(t, strings.Join(f.faults, "\n"), "answered with 500")

	type form struct {
		N string `form:"n" binding:"required"`
	}
	f = fuzzed(func(in *form) (int, error) { zero := 0 * len(in.N); return 1 / zero, nil })
	assert.Contains(t, strings.Join(f.faults, "\n"), "answered with 500 (")

	f = fuzzed(answers[form], func(c *dram.Context) { c.AbortWithStatus(401) })
	assert.Contains(t, strings.Join(f.faults, "\n"), "it is refused with 401 before anything is asked")

	f = fuzzed(answers[form], func(c *dram.Context) { c.AbortWithStatus(http.StatusBadRequest) })
	assert.Contains(t, strings.Join(f.faults, "\n"), "the document allows it, and it is refused with 400")

	f = fuzzed(answers[form], func(c *dram.Context) { c.AbortWithStatus(http.StatusOK) })
	assert.Contains(t, strings.Join(f.faults, "\n"), "the document does not allow it, and it is answered with 200")
	assert.Contains(t, f.faults[0], "fuzz_test.go:")

	_, api := newAPI()
	f = &fuzzing{}
	typed.Fuzz[*fuzzing](f, api, http.NotFoundHandler())
	assert.Contains(t, f.fatal, "has no routes")
}

// A route of a host is asked there, and one that is not there is a fault.
func TestFuzzAsksRoutesOfHosts(t *testing.T) {
	type in struct {
		Tenant int `uri:"tenant" binding:"min=1"`
		N      int `query:"n" binding:"min=1"`
	}
	r, api := newAPI()
	asked := 0
	typed.GET(api.On(r.Host("{tenant}.example.com")), "/", func(context.Context, *in) (int, error) { asked++; return 1, nil })
	f := &fuzzing{}
	typed.Fuzz[*fuzzing](f, api, r)
	assert.Empty(t, f.faults)
	assert.Greater(t, asked, 20)

	f = &fuzzing{}
	typed.Fuzz[*fuzzing](f, api, http.NotFoundHandler())
	assert.Contains(t, strings.Join(f.faults, "\n"), "it is answered with 404, which no Errors of the route declares")
}

// Each route is asked by the seeds alone, what is right and what is wrong.
func TestFuzzAsksAllRoutesWithoutTheFuzzer(t *testing.T) {
	r, api := newAPI()
	seen := map[string]int{}
	r.Use(func(c *dram.Context) { c.Next(); seen[fmt.Sprint(c.FullPath(), c.Writer.Status() < 300)]++ })
	for _, path := range []string{"/a", "/b", "/c", "/d"} {
		typed.POST(api, path, func(context.Context, *struct {
			N int `json:"n" binding:"min=3"`
		}) (int, error) {
			return 1, nil
		})
	}
	f := &seeded{}
	typed.Fuzz[*fuzzing](f, api, r)
	assert.Empty(t, f.faults)
	assert.Len(t, seen, 8, "%v", seen)
}

// seeded runs what was added.
type seeded struct {
	fuzzing
	added [][]any
}

func (f *seeded) Add(args ...any) { f.added = append(f.added, args) }
func (f *seeded) Fuzz(target any) {
	for _, args := range f.added {
		target.(func(*fuzzing, uint64, bool))(&f.fuzzing, args[0].(uint64), args[1].(bool))
	}
}
