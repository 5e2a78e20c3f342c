package codec_test

import (
	"encoding/csv"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/codec"
)

// csvCodec is a format of a program's own.
type csvCodec struct{}

func (csvCodec) Name() string        { return "csv" }
func (csvCodec) MIMETypes() []string { return []string{"text/csv"} }

func (csvCodec) Marshal(v any) ([]byte, error) {
	rows, ok := v.([][]string)
	if !ok {
		return nil, fmt.Errorf("csv: %T is no [][]string", v)
	}
	var b strings.Builder
	err := csv.NewWriter(&b).WriteAll(rows)
	return []byte(b.String()), err
}

func (csvCodec) Unmarshal(data []byte, v any) error {
	rows, err := csv.NewReader(strings.NewReader(string(data))).ReadAll()
	if err == nil {
		*v.(*[][]string) = rows
	}
	return err
}

func ExampleRegister() {
	codec.Register(csvCodec{}) // in an init function, usually

	c, ok := codec.ByMIME("text/CSV; header=absent")
	fmt.Println(c.Name(), ok)
	body, err := c.Marshal([][]string{{"Talisker", "10"}, {"Oban", "14"}})
	fmt.Printf("%s%v\n", body, err)
	// Output:
	// csv true
	// Talisker,10
	// Oban,14
	// <nil>
}

func ExampleGet() {
	_, err := codec.Get("yaml")
	fmt.Println(err)
	fmt.Println(errors.Is(err, codec.ErrNotRegistered))
	// Output:
	// dram: the "yaml" format needs its codec: add the line import _ "github.com/dram-go/dram/contrib/yaml": no such codec is registered
	// true
}

// named is a codec that is only a name and media types.
type named struct {
	name  string
	mimes []string
}

func (n named) Name() string              { return n.name }
func (n named) MIMETypes() []string       { return n.mimes }
func (named) Marshal(any) ([]byte, error) { return nil, nil }
func (named) Unmarshal([]byte, any) error { return nil }

// other is another library's codec.
type other struct{ named }

func TestRegister(t *testing.T) {
	first := &named{"one", []string{"application/ONE", "application/x-one"}}
	codec.Register(first)
	for _, mime := range []string{"application/one", "Application/One ; v=1", "application/x-one"} {
		c, ok := codec.ByMIME(mime)
		require.True(t, ok, mime)
		assert.Same(t, first, c)
	}
	for _, mime := range []string{"", ";", "application/on", "application/one2", "one"} {
		_, ok := codec.ByMIME(mime)
		assert.False(t, ok, "%q", mime)
	}

	again := &named{"one", []string{"application/one"}}
	codec.Register(again)
	c, err := codec.Get("one")
	require.NoError(t, err)
	assert.Same(t, again, c, "the same type replaces")

	taker := &named{"two", []string{"application/one"}}
	codec.Register(taker)
	byMIME, ok := codec.ByMIME("application/one")
	require.True(t, ok)
	assert.Same(t, taker, byMIME, "the last one has the media type")
	c, err = codec.Get("one")
	require.NoError(t, err)
	assert.Same(t, again, c, "but not the name")
}

func TestRegisterPanics(t *testing.T) {
	codec.Register(&named{name: "mine"})
	tests := map[string]struct {
		c    codec.Codec
		want string
	}{
		"nil":                      {nil, "the codec is nil"},
		"no name":                  {named{}, "codec_test.named has no name"},
		"the name of another type": {other{named{name: "mine"}}, `the name "mine" belongs to *codec_test.named already, so codec_test.other`},
		"a value beside a pointer": {named{name: "mine"}, "already"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			defer func() {
				message := fmt.Sprint(recover())
				assert.Contains(t, message, tt.want)
				assert.True(t, strings.HasPrefix(message, "dram: "), message)
			}()
			codec.Register(tt.c)
		})
	}
	_, err := codec.Get("mine")
	require.NoError(t, err, "a panic leaves the registry as it was, and unlocked")
}

// Codecs may be registered while requests ask for others; the race detector
// watches.
func TestConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for i := range 8 {
		name := fmt.Sprintf("concurrent%d", i)
		group.Go(func() {
			codec.Register(&named{name, []string{"application/" + name}})
			for range 100 {
				_, err := codec.Get(name)
				assert.NoError(t, err)
				_, ok := codec.ByMIME("application/" + name)
				assert.True(t, ok)
			}
		})
	}
	group.Wait()
}

func TestLookupsDoNotAllocate(t *testing.T) {
	codec.Register(&named{"quick", []string{"application/quick"}})
	assert.Zero(t, testing.AllocsPerRun(100, func() {
		_, _ = codec.Get("quick")
		_, _ = codec.ByMIME("application/quick")
		_, _ = codec.ByMIME("application/quick; charset=utf-8")
	}))
}
