package handbook_test

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/middleware"
)

// This file has the programs of docs/handbook/recipes.md, and tries each.

// covers stores pictures under names of our own, in a directory that no name leaves.
func covers(r *dram.Engine, root *os.Root) {
	kinds := map[string]string{"image/png": ".png", "image/jpeg": ".jpg"}
	r.POST("/covers", middleware.BodyLimit(middleware.BodyLimitConfig{Max: 5 << 20}), dram.Try(func(c *dram.Context) error {
		file, err := c.FormFile("cover")
		if errors.Is(err, http.ErrMissingFile) {
			return dram.NewProblem(http.StatusBadRequest, "The form has no cover.")
		} else if err != nil {
			return err // 413 for what is too large
		}
		upload, err := file.Open()
		if err != nil {
			return err
		}
		defer upload.Close()
		head := make([]byte, 512)
		n, _ := upload.Read(head)
		ext, known := kinds[http.DetectContentType(head[:n])] // what it is, not what the client calls it
		if !known {
			return dram.NewProblem(http.StatusUnsupportedMediaType, "A cover is a PNG or a JPEG.")
		}
		name := rand.Text() + ext
		if err := c.SaveNewUploadedFileIn(root, file, name); err != nil {
			return err
		}
		c.Header("Location", c.URL("/covers/"+name))
		c.Status(http.StatusCreated)
		return nil
	}))
	r.GET("/covers/*name", middleware.Static(middleware.StaticConfig{FS: root.FS(), Prefix: "/covers"}))
}

func TestUploads(t *testing.T) {
	root, err := os.OpenRoot(t.TempDir())
	require.NoError(t, err)
	defer root.Close()
	r := dram.New()
	covers(r, root)
	app := dramtest.New(t, r)
	picture := "\x89PNG\r\n\x1a\n and so on"
	made := app.POST("/covers", dramtest.Multipart(dramtest.File("cover", "../../evil.png", []byte(picture)))).Want(http.StatusCreated)
	app.GET(made.HTTP().Header.Get("Location")).Want(http.StatusOK).Body(picture)
	app.POST("/covers", dramtest.Multipart(dramtest.File("cover", "a.png", []byte("<html>")))).Problem(http.StatusUnsupportedMediaType)
	app.POST("/covers", dramtest.Multipart(dramtest.Field("other", "x"))).Problem(http.StatusBadRequest)
	names, err := fs.Glob(root.FS(), "*")
	require.NoError(t, err)
	assert.Len(t, names, 1)
	assert.NotContains(t, names[0], "evil")
}

// spa serves an application for browsers from another origin than its pages'.
func spa(r *dram.Engine) {
	r.Use(middleware.CORS(middleware.CORSConfig{
		AllowOrigins:     []string{"https://app.example.com", "http://localhost:5173"}, // the second in development only
		AllowMethods:     []string{"PUT", "DELETE"},
		AllowHeaders:     []string{"Content-Type", "If-Match"},
		ExposeHeaders:    []string{"ETag", "Location"},
		AllowCredentials: true, // cookies
	}))
	r.Use(middleware.CSRF(middleware.CSRFConfig{TrustedOrigins: []string{"https://app.example.com", "http://localhost:5173"}}))
}

func TestCORS(t *testing.T) {
	r := dram.New()
	spa(r)
	r.PUT("/books/:id", func(c *dram.Context) { c.Status(http.StatusNoContent) })
	app := dramtest.New(t, r)
	preflight := []dramtest.Option{dramtest.Header("Access-Control-Request-Method", "PUT"), dramtest.Header("Origin", "https://app.example.com")}
	app.Do(http.MethodOptions, "/books/1", preflight...).Want(http.StatusNoContent).
		Header("Access-Control-Allow-Origin", "https://app.example.com").Header("Access-Control-Allow-Credentials", "true")
	app.PUT("/books/1", dramtest.CrossSite("https://app.example.com")).Want(http.StatusNoContent)
	app.PUT("/books/1", dramtest.CrossSite("https://evil.example")).Want(http.StatusForbidden)
}

// chat passes each message on to all who are there.
type chat struct {
	mu    sync.Mutex
	there map[chan []byte]bool

	patience time.Duration // for a client to take a message
}

func (h *chat) join() chan []byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.there == nil {
		h.there = map[chan []byte]bool{}
	}
	in := make(chan []byte, 16)
	h.there[in] = true
	return in
}

func (h *chat) leave(in chan []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.there, in)
}

func (h *chat) say(message []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for in := range h.there {
		select {
		case in <- message:
		default: // who reads too slowly misses it; the others do not wait
		}
	}
}

// serve is the handler: what one says, all hear.
func (h *chat) serve(c *dram.Context) {
	conn, err := websocket.Accept(c.Writer, c.Request, nil) // refuses pages of other origins
	if err != nil {
		_ = c.Error(err)
		return
	}
	defer conn.CloseNow()
	conn.SetReadLimit(4 << 10)
	ctx, end := context.WithCancel(c.Request.Context())
	defer end()
	in, stopping := h.join(), c.Stopping()
	defer h.leave(in)
	c.Go(func(context.Context) { // the end of the server waits for it
		for {
			select {
			case message := <-in:
				timely, cancel := context.WithTimeout(ctx, h.patience)
				err := conn.Write(timely, websocket.MessageText, message)
				cancel()
				if err != nil { // the client is gone, or does not read
					end()
					return
				}
			case <-stopping:
				_ = conn.Close(websocket.StatusGoingAway, "the server ends")
				return
			case <-ctx.Done():
				return
			}
		}
	})
	for {
		_, message, err := conn.Read(ctx)
		if err != nil {
			return // the client is gone, or the server ends
		}
		h.say(message)
	}
}

func TestChat(t *testing.T) {
	r := dram.New()
	hub := &chat{patience: time.Minute}
	r.GET("/chat", hub.serve)
	app := dramtest.New(t, r)
	anna, ben := app.WebSocket("/chat"), app.WebSocket("/chat")
	waitFor(t, hub, 2)
	anna.Send("hello")
	assert.Equal(t, "hello", ben.Receive())
	assert.Equal(t, "hello", anna.Receive())
	anna.Close(1000, "")
	ben.Close(1000, "")
}

// It would hold up the end of the server for as long as that waits.
func TestClientOfTheChatThatDoesNotReadIsCutOff(t *testing.T) {
	r := dram.New()
	hub := &chat{patience: 50 * time.Millisecond}
	r.GET("/chat", hub.serve)
	server := httptest.NewServer(r)
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	_, err = io.WriteString(conn, "GET /chat HTTP/1.1\r\nHost: library.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n")
	require.NoError(t, err)
	status, err := bufio.NewReaderSize(conn, 16).ReadString('\n')
	require.NoError(t, err)
	require.Contains(t, status, "101")
	waitFor(t, hub, 1)
	stop := make(chan bool)
	go func() {
		for message := make([]byte, 64<<10); ; {
			select {
			case <-stop:
				return
			default:
				hub.say(message)
				time.Sleep(time.Millisecond)
			}
		}
	}()
	waitFor(t, hub, 0)
	close(stop)
	require.NoError(t, r.Shutdown(t.Context()))
}

// waitFor waits until so many are in the chat.
func waitFor(t *testing.T, hub *chat, people int) {
	t.Helper()
	require.Eventually(t, func() bool {
		hub.mu.Lock()
		defer hub.mu.Unlock()
		return len(hub.there) == people
	}, time.Minute, time.Millisecond)
}

// orders answers at once, and sends the mail later.
func orders(r *dram.Engine, mail func(ctx context.Context, to, about string) error) {
	r.POST("/orders/:id", func(c *dram.Context) {
		to := c.PostForm("mail") // there is no body any more when the handler has returned
		cp := c.Copy()           // and c is another request's
		c.Go(func(ctx context.Context) {
			if err := mail(ctx, to, cp.Param("id")); err != nil {
				slog.ErrorContext(ctx, "mail", "order", cp.Param("id"), "error", err)
			}
		})
		c.Status(http.StatusAccepted)
	})
}

// Over a connection: there the body has an end when the handler has returned.
func TestBackgroundWorkHasWhatTheBodySaid(t *testing.T) {
	r := dram.New()
	sent := make(chan string, 1)
	orders(r, func(_ context.Context, to, about string) error {
		sent <- to + " " + about
		return errors.New("full")
	})
	server := httptest.NewServer(r)
	defer server.Close()
	res, err := http.PostForm(server.URL+"/orders/7", url.Values{"mail": {"a@example.com"}})
	require.NoError(t, err)
	require.NoError(t, res.Body.Close())
	assert.Equal(t, http.StatusAccepted, res.StatusCode)
	assert.Equal(t, "a@example.com 7", <-sent)
	require.NoError(t, r.Shutdown(t.Context()))
}

// tenants gives each customer a host of their own.
func tenants(r *dram.Engine, known func(ctx context.Context, name string) (int64, error)) {
	r.GET("/", func(c *dram.Context) { c.String(http.StatusOK, "Libraries for everybody") })
	tenant := r.Host("{tenant}.example.com")
	tenant.Use(dram.Try(func(c *dram.Context) error {
		id, err := known(c, c.Param("tenant"))
		if err != nil {
			return dram.NewProblem(http.StatusNotFound, "There is no such library.").Because(err)
		}
		c.Set("tenant", id) // every query of theirs has it: WHERE tenant = $1 AND …
		return nil
	}))
	tenant.GET("/books", func(c *dram.Context) {
		c.String(http.StatusOK, "the books of library %d", c.MustGet("tenant"))
	})
}

func TestTenants(t *testing.T) {
	r := dram.New()
	tenants(r, func(_ context.Context, name string) (int64, error) {
		if name != "anna" {
			return 0, fs.ErrNotExist
		}
		return 7, nil
	})
	for url, want := range map[string]string{
		"http://anna.example.com/books": "the books of library 7", "http://example.com/": "Libraries for everybody",
	} {
		w := httptest.NewRecorder()
		r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, url, nil))
		assert.Equal(t, want, w.Body.String())
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "http://ben.example.com/books", nil))
	assert.Equal(t, http.StatusNotFound, w.Code)
}
