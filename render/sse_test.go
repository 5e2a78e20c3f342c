package render_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/render"
)

func ExampleSSEvent() {
	w := httptest.NewRecorder()
	err := render.SSEvent{Event: "cask", ID: "7", Retry: 3 * time.Second, Data: "first fill\nbourbon"}.Render(w)
	fmt.Println(err, w.Header().Get("Content-Type"))
	fmt.Print(w.Body)
	// Output:
	// <nil> text/event-stream;charset=utf-8
	// id:7
	// event:cask
	// retry:3000
	// data:first fill
	// data:bourbon
}

func TestSSEvent(t *testing.T) {
	number, text := 7, "p"
	tests := map[string]struct {
		event render.SSEvent
		want  string
	}{
		"name and text":     {render.SSEvent{Event: "x", Data: "y"}, "event:x\ndata:y\n\n"},
		"no name":           {render.SSEvent{Data: "y"}, "data:y\n\n"},
		"empty":             {render.SSEvent{Data: ""}, "data:\n\n"},
		"nil":               {render.SSEvent{Event: "x"}, "event:x\ndata:<nil>\n\n"},
		"lines":             {render.SSEvent{Data: "a\nb\r\nc\rd\n"}, "data:a\ndata:b\ndata:c\ndata:d\ndata:\n\n"},
		"leading space":     {render.SSEvent{Data: " a\n  b"}, "data:  a\ndata:   b\n\n"},
		"forged name":       {render.SSEvent{Event: "x\ndata:forged\r\n\rid:1", Data: "y"}, `event:x\ndata:forged\r\n\rid:1` + "\ndata:y\n\n"},
		"forged id":         {render.SSEvent{ID: "1\n\ndata:forged", Data: "y"}, `id:1\n\ndata:forged` + "\ndata:y\n\n"},
		"NUL in id":         {render.SSEvent{ID: "1\x002", Data: "y"}, "id:12\ndata:y\n\n"},
		"retry":             {render.SSEvent{Retry: 1500*time.Millisecond + 999, Data: "y"}, "retry:1500\ndata:y\n\n"},
		"retry too short":   {render.SSEvent{Retry: 999 * time.Microsecond, Data: "y"}, "data:y\n\n"},
		"negative retry":    {render.SSEvent{Retry: -time.Second, Data: "y"}, "data:y\n\n"},
		"heartbeat":         {render.SSEvent{Comment: "still\nhere"}, ":still\n:here\n\n"},
		"comment and data":  {render.SSEvent{Comment: "c", Data: map[string]int{"a": 1}}, ":c\ndata:{\"a\":1}\n\n"},
		"struct":            {render.SSEvent{Data: oban}, "data:{\"name\":\"Oban\",\"founded\":1794}\n\n"},
		"pointer to struct": {render.SSEvent{Data: &oban}, "data:{\"name\":\"Oban\",\"founded\":1794}\n\n"},
		"nil pointer":       {render.SSEvent{Data: (*distillery)(nil)}, "data:null\n\n"},
		"map":               {render.SSEvent{Data: map[string]string{"b": "<", "a": "\n"}}, "data:{\"a\":\"\\n\",\"b\":\"\\u003c\"}\n\n"},
		"slice":             {render.SSEvent{Data: []int{1, 2}}, "data:[1,2]\n\n"},
		"array":             {render.SSEvent{Data: [2]int{1, 2}}, "data:[1,2]\n\n"},
		"bytes":             {render.SSEvent{Data: []byte("hi")}, "data:hi\n\n"},
		"raw JSON":          {render.SSEvent{Data: json.RawMessage(`{"z":1}`)}, "data:{\"z\":1}\n\n"},
		"time":              {render.SSEvent{Data: time.Unix(0, 0).UTC()}, "data:\"1970-01-01T00:00:00Z\"\n\n"},
		"number":            {render.SSEvent{Data: 1.5}, "data:1.5\n\n"},
		"pointer to number": {render.SSEvent{Data: &number}, "data:7\n\n"},
		"pointer to text":   {render.SSEvent{Data: &text}, "data:p\n\n"},
		"Stringer":          {render.SSEvent{Data: time.Second}, "data:1s\n\n"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			require.NoError(t, tt.event.Render(w))
			assert.Equal(t, tt.want, w.Body.String())
		})
	}
}

func TestSSEventHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "text/html")
	require.NoError(t, render.SSEvent{Data: 1}.Render(w))
	assert.Equal(t, http.Header{"Content-Type": {"text/event-stream;charset=utf-8"}, "Cache-Control": {"no-cache"}, "X-Accel-Buffering": {"no"}}, w.Header())

	w = httptest.NewRecorder()
	w.Header().Set("Cache-Control", "private")
	w.Header().Set("X-Accel-Buffering", "yes")
	render.SSEvent{}.WriteContentType(w)
	assert.Equal(t, "private", w.Header().Get("Cache-Control"))
	assert.Equal(t, "yes", w.Header().Get("X-Accel-Buffering"))
}

// received is what a client makes of a stream, by the HTML standard.
type received struct {
	event, id, data string
	retry           int
}

// receive interprets a stream as the standard says, section 9.2.6.
func receive(stream string) (events []received) {
	var e received
	var data []string
	lines := bufio.NewScanner(strings.NewReader(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(stream)))
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		field, value, _ := strings.Cut(lines.Text(), ":")
		value = strings.TrimPrefix(value, " ")
		switch {
		case lines.Text() == "":
			if data != nil {
				e.data = strings.Join(data, "\n")
				events = append(events, e)
			}
			e, data = received{id: e.id}, nil
		case field == "event":
			e.event = value
		case field == "data":
			data = append(data, value)
		case field == "id" && !strings.Contains(value, "\x00"):
			e.id = value
		case field == "retry":
			e.retry, _ = strconv.Atoi(value)
		}
	}
	return events
}

// Whatever stands in the fields, a client receives one event, with these fields
// and this data, and no other.
func FuzzSSEvent(f *testing.F) {
	f.Add("x", "1", "", "hello")
	f.Add("x\ndata:forged", "1\r\nretry:9", "c\n\ndata:forged", " a\r\n\r\n b\n")
	f.Add(" lead", "\x00", ":", "\r\r\n\n")
	f.Fuzz(func(t *testing.T, name, id, comment, data string) {
		w := httptest.NewRecorder()
		event := render.SSEvent{Event: name, ID: id, Comment: comment, Retry: time.Second, Data: data}
		require.NoError(t, event.Render(w))
		require.NoError(t, render.SSEvent{Data: "next"}.Render(w))

		oneLine := strings.NewReplacer("\n", `\n`, "\r", `\r`)
		wantID := oneLine.Replace(strings.ReplaceAll(id, "\x00", ""))
		require.Equal(t, []received{
			{event: oneLine.Replace(name), id: wantID, retry: 1000, data: strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data)},
			{id: wantID, data: "next"},
		}, receive(w.Body.String()))
	})
}
