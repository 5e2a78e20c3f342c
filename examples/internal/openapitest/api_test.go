package openapitest

import (
	"context"
	"errors"
	"iter"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/typed"
)

// This file is an API with every feature of package typed, a shop, whose document others read.

func TestMain(m *testing.M) {
	dram.SetMode(dram.TestMode)
	code := m.Run()
	tools.remove()
	os.Exit(code)
}

var (
	errTaken = errors.New("taken")
	errNone  = errors.New("none")
)

// shop keeps items by their names, the only ones it can find by an ID being those it made.
type shop struct {
	mu    sync.Mutex
	items map[string]*Item
}

func (s *shop) create(_ context.Context, in *struct{ Draft }) (typed.Created[Item], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, item := range s.items {
		if item.Name == in.Name {
			return typed.Created[Item]{}, errTaken
		}
	}
	id := "6ba7b810-9dad-41d1-80b4-00c04fd430c" + string(rune('0'+len(s.items)))
	item := Item{Draft: in.Draft, Stamp: Stamp{Created: time.Unix(1700000000, 0).UTC()}, ID: id, Code: Code{1, 2, 3, 4}, Seal: []byte("seal")}
	s.items[id] = &item
	return typed.Created[Item]{Location: "/items/" + id, Body: item}, nil
}

func (s *shop) find(id string) (*Item, error) {
	if item := s.items[id]; item != nil {
		return item, nil
	}
	return nil, errNone
}

func (s *shop) get(_ context.Context, in *byID) (*Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.find(in.ID)
}

func (s *shop) change(_ context.Context, in *change) (*Item, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	item, err := s.find(in.ID)
	if name, ok := in.Name.Get(); err == nil && ok {
		item.Name = name
	}
	return item, err
}

func (s *shop) list(_ context.Context, in *listing) (Page[Item], error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page := Page[Item]{Items: []Item{}}
	for _, item := range s.items {
		if len(page.Items) < in.Limit {
			page.Items = append(page.Items, *item)
		}
	}
	return page, nil
}

// newShop registers all that OpenAPI 3.1 can say.
func newShop() (*dram.Engine, *typed.API) {
	s := &shop{items: make(map[string]*Item)}
	r := dram.New()
	api := typed.New(&r.RouterGroup, typed.Info{
		Title: "Shop", Version: "1.0", Description: "Tea, and what it is *drunk* from.",
		License: &typed.License{Name: "MIT", Identifier: "MIT"}, Servers: []string{"https://shop.test", "/"}, Strict: true,
	}, typed.Errors(
		typed.Is(errTaken, typed.Problem(409, "name-taken", "The name is taken")),
		typed.Is(errNone, typed.Problem(404, "no-item", "There is no such item")),
	))
	items := api.Group("/items", typed.Tags("items"))
	typed.GET(items, "", s.list, typed.Summary("lists items"), typed.ID("listItems"))
	typed.POST(items, "", s.create, typed.ID("createItem"))
	typed.GET(items, "/:id", s.get, typed.ID("getItem"))
	typed.PATCH(items, "/:id", s.change, typed.ID("changeItem"), typed.Security(typed.Bearer("token", "JWT"), typed.APIKey("session", "cookie", "__Host-session")))
	typed.PUT(items, "/:id", func(_ context.Context, in *struct {
		byID
		Draft
	}) (*Item, error) {
		return s.find(in.ID)
	}, typed.Deprecated())
	typed.DELETE(items, "/:id", func(context.Context, *byID) (typed.NoContent, error) { return typed.NoContent{}, nil }, typed.Security(typed.Basic("staff")))
	typed.PUT(items, "/:id/photos", func(context.Context, *photos) (typed.NoContent, error) { return typed.NoContent{}, nil })
	typed.GET(items, "/:id/photo", func(context.Context, *byID) (typed.File, error) {
		return typed.File{Content: strings.NewReader("photo"), Name: "photo.txt", Type: "text/plain"}, nil
	})
	typed.POST(api, "/login", func(context.Context, *login) (typed.Redirect, error) { return typed.Redirect{Location: "/"}, nil })
	typed.POST(api, "/shelves", func(_ context.Context, in *struct{ Shelf }) (Page[Shelf], error) {
		return Page[Shelf]{Items: []Shelf{in.Shelf}}, nil
	}, typed.Status(202))
	typed.GET(api, "/shelves", func(context.Context, *struct{}) (map[string]Page[Shelf], error) {
		return map[string]Page[Shelf]{"first": {Items: []Shelf{{Name: "top"}}}}, nil
	})
	typed.GET(api, "/opened", func(context.Context, *struct{}) (Stamp, error) { return Stamp{}, nil }, typed.Offers("application/json", "application/xml"))
	typed.GET(api, "/files/*path", func(_ context.Context, in *struct {
		Path string `uri:"path"`
	}) (map[string]any, error) {
		return map[string]any{"path": in.Path}, nil
	})
	typed.GET(api, "/secret", func(context.Context, *struct{}) (int, error) { return 1, nil }, typed.Hidden())
	return r, api
}

// newerShop has, besides, what OpenAPI has since 3.2: streams, QUERY and methods of one's own.
func newerShop() (*dram.Engine, *typed.API) {
	r, api := newShop()
	typed.GET(api, "/watch", func(context.Context, *struct {
		Last string `header:"Last-Event-ID"`
	}) (iter.Seq2[typed.Event[Item], error], error) {
		return func(func(typed.Event[Item], error) bool) {}, nil
	})
	typed.QUERY(api, "/search", func(context.Context, *search) ([]Item, error) { return []Item{}, nil })
	typed.Handle(api, "PURGE", "/search", func(context.Context, *struct{}) (typed.NoContent, error) { return typed.NoContent{}, nil })
	return r, api
}
