package web

// This file is what the tests share: an application in the test's process, on each database
// that there is, and who uses it.

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/dramtest"
	"github.com/dram-go/dram/examples/crud/library"
	"github.com/dram-go/dram/examples/crud/store"
	"github.com/dram-go/dram/examples/crud/store/storetest"
	"github.com/dram-go/dram/typed"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

func TestMain(m *testing.M) {
	library.PasswordCost = bcrypt.MinCost
	os.Exit(m.Run())
}

// site is an application with the demo's data, and a client who has not logged in.
type site struct {
	*dramtest.Client
	engine *dram.Engine
	store  *store.Store
}

// An account that the tests log in as: an email address, or the role of one of the demo's.
type account string

const reader, editor, admin account = "reader@example.com", "editor@example.com", "admin@example.com"

func (a account) credentials(password string) dramtest.Option {
	return dramtest.JSON(credentials{Email: string(a), Password: password})
}

// open opens an application on a database.
func open(t *testing.T, url string, change ...func(*Config)) *site {
	t.Helper()
	s, err := store.Open(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	require.NoError(t, s.Seed(t.Context(), true, library.NewUser{}))
	cfg := Config{Log: slog.New(slog.DiscardHandler), Secret: make([]byte, 32), SessionTTL: 12 * time.Hour, Stopping: context.Background()}
	for _, f := range change {
		f(&cfg)
	}
	engine, _, err := New(cfg, s)
	require.NoError(t, err)
	c := logIns(dramtest.New(t, engine))
	c.AllowGoroutines("mysql.(*mysqlConn).startWatcher") // that of a connection in the pool
	return &site{c, engine, s}
}

var logInCount atomic.Int32

// logIns tells a client how accounts log in: each from an address of its own, since log-ins
// are counted by address.
func logIns(c *dramtest.Client) *dramtest.Client {
	dramtest.LogIn(c, func(c *dramtest.Client, a account) {
		n := logInCount.Add(1)
		c.Always(dramtest.From(fmt.Sprintf("10.0.%d.%d", n/256, n%256)))
		c.POST("/api/session", a.credentials("dram-demo")).Want(http.StatusCreated)
	})
	return c
}

func sqlite(t *testing.T) string { return storetest.SQLite(t) }

func onEachDatabase(t *testing.T, test func(t *testing.T, s *site)) {
	storetest.Each(t, func(t *testing.T, url string) { test(t, open(t, url)) })
}

// wrong demands a problem, and returns what is wrong with each field.
func wrong(t *testing.T, res *dramtest.Response, status int) map[string]string {
	t.Helper()
	p := res.Problem(status)
	require.Equal(t, http.StatusText(status), p.Title)
	require.NotEmpty(t, p.Detail)
	require.Equal(t, res.HTTP().Header.Get("X-Request-Id"), p.Member("request_id"))
	fields := map[string]string{}
	for _, f := range dramtest.Decode[struct{ Errors []typed.Fault }](res).Errors {
		fields[strings.TrimPrefix(f.Pointer, "/")] = f.Detail
	}
	return fields
}

// matching sends the ETag of an answer along.
func matching(res *dramtest.Response) dramtest.Option {
	return dramtest.Header("If-Match", res.HTTP().Header.Get("ETag"))
}

var always = dramtest.Header("If-Match", "*")

// aBook is a valid book that the demo does not have.
func aBook(change ...func(*library.BookFields)) dramtest.Option {
	b := library.BookFields{ISBN: "978-0-596-52068-7", Title: "A Book", Author: "An Author", Year: 2006, Copies: 2}
	for _, f := range change {
		f(&b)
	}
	return dramtest.JSON(b)
}

func isbn(isbn string) func(*library.BookFields) {
	return func(b *library.BookFields) { b.ISBN = isbn }
}

// ids are those of a page of books, in its order.
func ids(list List[library.Book]) string {
	var ids []string
	for _, b := range list.Items {
		ids = append(ids, fmt.Sprint(b.ID))
	}
	return strings.Join(ids, " ")
}
