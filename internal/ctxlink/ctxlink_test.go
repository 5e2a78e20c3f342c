package ctxlink_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/internal/ctxlink"
)

type key struct{}

func TestALinkGoesOnWithAnotherContext(t *testing.T) {
	first, endFirst := context.WithTimeout(context.WithValue(context.Background(), key{}, 1), time.Hour)
	second, endSecond := context.WithCancel(context.Background())
	defer endSecond()
	link := ctxlink.New(first)
	link.Follow(first)
	_, has := link.Deadline()
	assert.True(t, has)
	child, cancel := context.WithCancel(link)
	defer cancel()

	link.Follow(second)
	endFirst()
	_, has = link.Deadline()
	assert.False(t, has)
	time.Sleep(time.Millisecond)
	require.NoError(t, link.Err())
	require.NoError(t, child.Err())
	assert.Equal(t, 1, child.Value(key{}))

	endSecond()
	<-link.Done()
	<-child.Done()
	assert.Equal(t, context.Canceled, link.Err())
	assert.Equal(t, context.Canceled, child.Err())
	link.Follow(context.Background())
	link.End(context.DeadlineExceeded)
	assert.Equal(t, context.Canceled, link.Err(), "it has ended once")
}

func TestWhatIsDerivedFromALinkHasItsError(t *testing.T) {
	for name, derive := range map[string]func(*ctxlink.Link) context.Context{
		"a child": func(l *ctxlink.Link) context.Context {
			ctx, cancel := context.WithCancel(l)
			t.Cleanup(cancel)
			return ctx
		},
		"Cancelable":   (*ctxlink.Link).Cancelable,
		"a grandchild": func(l *ctxlink.Link) context.Context { return context.WithValue(l.Cancelable(), key{}, 1) },
	} {
		link := ctxlink.New(context.Background())
		ctx := derive(link)
		link.End(context.DeadlineExceeded)
		<-ctx.Done()
		assert.Equal(t, context.DeadlineExceeded, ctx.Err(), name)
		assert.Equal(t, context.DeadlineExceeded, derive(link).Err(), "%s, of one that has ended", name)
	}
}

func TestAfterFuncThatIsStopped(t *testing.T) {
	link := ctxlink.New(context.Background())
	ran := make(chan struct{})
	stop := link.AfterFunc(func() { t.Error("it was stopped") })
	link.AfterFunc(func() { close(ran) })
	assert.True(t, stop())
	assert.False(t, stop())
	link.End(context.Canceled)
	<-ran
	again := make(chan struct{})
	assert.False(t, link.AfterFunc(func() { close(again) })())
	<-again
}
