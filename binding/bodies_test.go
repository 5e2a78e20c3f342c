package binding_test

import (
	stdjson "encoding/json"
	"errors"
	"io"
	"testing"

	"github.com/dram-go/dram/binding"
	"github.com/dram-go/dram/codec"
	"github.com/go-playground/validator/v10"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestXML(t *testing.T) {
	var u user
	require.NoError(t, binding.XML.Bind(bodyRequest("", `<user><name>ann</name><age>7</age></user>`), &u))
	assert.Equal(t, user{"ann", 7}, u)
	require.NoError(t, binding.XML.BindBody([]byte(`<user><name>bob</name></user>`), &u))
	assert.Equal(t, "bob", u.Name)

	assert.ErrorIs(t, binding.XML.Bind(bodyRequest("", ""), &u), io.EOF)
	err := binding.XML.BindBody([]byte(`<user/>`), &user{})
	require.IsType(t, validator.ValidationErrors{}, err)
	assert.Equal(t, "xml", binding.FieldErrors(err)[0].Source)
}

// What stands around the one element is not lost without a word, as it is with encoding/xml alone.
func TestABodyOfXMLIsOneElement(t *testing.T) {
	const one = `<user><name>ann</name><age>7</age></user>`
	for _, body := range []string{"\ufeff" + one, "<?xml version=\"1.0\"?>\n<!DOCTYPE user>\n<!-- a -->\n" + one + "\r\n<!-- b --><?c?>\n"} {
		var u user
		require.NoError(t, binding.XML.BindBody([]byte(body), &u), body)
		assert.Equal(t, user{"ann", 7}, u, body)
	}
	for body, want := range map[string]string{
		one + one:        "goes on after its element",
		one + "<x":       "unexpected EOF",
		one + " more":    "text outside of its element",
		"name=ann" + one: "text outside of its element",
		`{"name":"ann"}`: "text outside of its element",
		"<!-- a -->":     "must not be empty",
	} {
		err := binding.XML.BindBody([]byte(body), &user{})
		assert.ErrorContains(t, err, want, body)
		assert.Len(t, binding.FieldErrors(err), 1, body)

		var all struct {
			Name string `xml:"name"`
		}
		err = binding.All(bodyRequest("application/xml", body), nil, &all)
		assert.ErrorContains(t, err, want, body)
	}
}

func TestPlain(t *testing.T) {
	var s string
	require.NoError(t, binding.Plain.Bind(bodyRequest("", "héllo"), &s))
	assert.Equal(t, "héllo", s)

	body := []byte("bytes")
	var b []byte
	require.NoError(t, binding.Plain.BindBody(body, &b))
	body[0] = 'X'
	assert.Equal(t, "bytes", string(b), "the body is not kept")

	assert.NoError(t, binding.Plain.BindBody(body, nil))
	assert.NoError(t, binding.Plain.BindBody(body, (*string)(nil)))
	for _, obj := range []any{new(int), "text", struct{}{}, new([]int)} {
		assert.ErrorIs(t, binding.Plain.BindBody(body, obj), binding.ErrDestination, "%T", obj)
	}
}

func TestPlainIsNotValidated(t *testing.T) {
	withValidator(t, refusing{})
	var s string
	assert.NoError(t, binding.Plain.BindBody([]byte("x"), &s))
}

var errRefused = errors.New("refused")

// refusing is a StructValidator that likes nothing.
type refusing struct{}

func (refusing) ValidateStruct(any) error { return errRefused }
func (refusing) Engine() any              { return nil }

// likeJSON is a codec for any name.
type likeJSON struct{ name string }

func (c likeJSON) Name() string                     { return c.name }
func (c likeJSON) MIMETypes() []string              { return []string{"application/x-test-" + c.name} }
func (likeJSON) Marshal(v any) ([]byte, error)      { return stdjson.Marshal(v) }
func (likeJSON) Unmarshal(data []byte, v any) error { return stdjson.Unmarshal(data, v) }

// The registry is the process', so all tests here have all codecs. That a missing one is
// an error is for the tests of the root.
func init() {
	for _, name := range []string{"yaml", "toml", "msgpack", "protobuf", "bson"} {
		codec.Register(likeJSON{name})
	}
}

type yamlDoc struct {
	Audit
	In Audit `yaml:",inline"`
}

func TestCodecs(t *testing.T) {
	for _, b := range []binding.BindingBody{binding.YAML, binding.TOML, binding.MsgPack, binding.ProtoBuf, binding.BSON} {
		t.Run(b.Name(), func(t *testing.T) {
			var u user
			require.NoError(t, b.Bind(bodyRequest("", `{"name":"ann"}`), &u))
			assert.Equal(t, "ann", u.Name)

			err := b.BindBody([]byte(`{`), &u)
			assert.EqualError(t, err, "dram: "+b.Name()+" body: cannot be decoded as "+b.Name()+" (syntax): unexpected end of JSON input")
			var syntax *stdjson.SyntaxError
			assert.ErrorAs(t, err, &syntax, "the codec's own error")

			err = b.BindBody([]byte(`{}`), &user{})
			if b == binding.ProtoBuf || b == binding.BSON {
				assert.NoError(t, err, "it is not validated")
				return
			}
			require.IsType(t, validator.ValidationErrors{}, err)
			assert.Equal(t, b.Name(), binding.FieldErrors(err)[0].Source)
		})
	}
}

// YAML names fields in lower case and does not flatten what is embedded.
func TestNamesOfYAML(t *testing.T) {
	err := binding.YAML.BindBody([]byte(`{}`), &yamlDoc{})
	assert.EqualError(t, binding.FieldErrors(err), `dram: yaml "audit.by": is required (required)
dram: yaml "by": is required (required)`)
}

// TestABodyThatWasReadBefore: the client hears that it is empty, the program why. A body
// that was sent empty, or whose length nobody knows, is only empty.
func TestABodyThatWasReadBefore(t *testing.T) {
	for _, b := range []binding.BindingBody{binding.JSON, binding.XML, binding.Plain, binding.YAML, binding.TOML, binding.ProtoBuf, binding.MsgPack} {
		t.Run(b.Name(), func(t *testing.T) {
			req := bodyRequest("", "{}")
			_, err := io.ReadAll(req.Body)
			require.NoError(t, err)
			err = b.Bind(req, new(string))
			require.ErrorIs(t, err, io.EOF)
			assert.ErrorContains(t, err, "dram: "+b.Name()+" body: must not be empty (required): the body was read before")
			assert.ErrorContains(t, err, "Context.ShouldBindBodyWith")
			list := binding.FieldErrors(err)
			require.Len(t, list, 1)
			assert.Equal(t, "must not be empty", list[0].Message)

			for _, length := range []int64{0, -1} {
				req.ContentLength = length
				if err := b.Bind(req, new(string)); err != nil {
					assert.NotContains(t, err.Error(), "read before")
				}
			}
		})
	}
}
