package faulttest

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/middleware"
)

// fullDisk is a file, until room is made.
type fullDisk struct {
	full *os.File // each write to it fails with ENOSPC
	room strings.Builder
	has  bool
}

func (f *fullDisk) Write(line []byte) (int, error) {
	if f.has {
		return f.room.Write(line)
	}
	return f.full.Write(line)
}

// What is logged is lost while the disk is full, and nothing else: each request is answered, a panic too, and lines
// come again as soon as there is room.
func TestAFullDiskUnderTheLogs(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	require.NoError(t, err)
	defer full.Close()
	for name, layers := range map[string]func(io.Writer) []dram.HandlerFunc{
		"Logger": func(w io.Writer) []dram.HandlerFunc {
			return []dram.HandlerFunc{dram.LoggerWithWriter(w), dram.RecoveryWithWriter(w)}
		},
		"AccessLog": func(w io.Writer) []dram.HandlerFunc {
			log := slog.New(slog.NewJSONHandler(w, nil))
			return []dram.HandlerFunc{middleware.AccessLog(middleware.AccessLogConfig{Logger: log}), dram.RecoveryWithWriter(w)}
		},
		"ErrorLogger": func(w io.Writer) []dram.HandlerFunc {
			return []dram.HandlerFunc{dram.LoggerWithWriter(w), dram.RecoveryWithWriter(w), dram.ErrorLogger()}
		},
	} {
		t.Run(name, func(t *testing.T) {
			disk := &fullDisk{full: full}
			r := dram.New()
			r.Use(layers(disk)...)
			r.GET("/", func(c *dram.Context) { c.String(200, "the page") })
			r.GET("/panic", func(*dram.Context) { panic("broken") })
			for _, disk.has = range []bool{false, true} {
				for path, want := range map[string]int{"/": 200, "/panic": 500, "/none": 404} {
					w := httptest.NewRecorder()
					r.ServeHTTP(w, httptest.NewRequest("GET", path, nil))
					assert.Equal(t, want, w.Code, path)
				}
			}
			for _, line := range []string{"/none", "broken"} {
				assert.Contains(t, disk.room.String(), line)
			}
		})
	}
}
