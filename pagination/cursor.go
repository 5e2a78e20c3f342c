package pagination

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
	"unicode/utf8"
)

// This file goes from a position to a cursor and back. A cursor is a token in JSON, sealed
// together with the list that it belongs to, in the URL's form of base64.

// The errors of a cursor, inside of those of Pages.From.
var (
	// ErrCursor is that of a cursor that was not made for the list, of one that was changed,
	// and of one that a former version of the program has made of another type.
	ErrCursor = errors.New("dram: pagination: not a cursor of this list")
	// ErrExpired is that of a cursor that is older than Config.MaxAge.
	ErrExpired = errors.New("dram: pagination: the cursor has expired")
)

// cursorMessage says to a client what is wrong with a cursor.
func cursorMessage(err error) string {
	if errors.Is(err, ErrExpired) {
		return "has expired: leave it out to start anew"
	}
	return "is not one of this list: leave it out to start anew"
}

// maxCursor is the greatest length of a cursor, in bytes. An answer has two of them in its header,
// of which nginx takes 4 KiB in all unless its proxy_buffer_size says otherwise.
const maxCursor = 2048

// token is what a cursor holds.
type token[P any] struct {
	Position P     `json:"p"`
	Backward bool  `json:"b,omitempty"` // the page ends before the position
	Expires  int64 `json:"e,omitempty"` // Unix time in seconds, 0 if it does not
	Bytes    bool  `json:"x,omitempty"` // each byte of a string is written as a rune
}

// cursor makes the cursor of a position.
func (p *Pages[P]) cursor(position P, backward bool, list []byte) (string, error) {
	t := token[P]{Position: position, Backward: backward}
	if p.maxAge > 0 {
		t.Expires = time.Now().Add(p.maxAge).Unix()
	}
	text, err := encode(t)
	if err != nil {
		return "", fmt.Errorf("dram: pagination: %w", err)
	}
	cursor := base64.RawURLEncoding.EncodeToString(p.keys[0].seal(text, list))
	if len(cursor) > maxCursor {
		return "", fmt.Errorf("dram: pagination: a cursor of %d bytes is longer than %d: sort by shorter values, or by a prefix of them", len(cursor), maxCursor)
	}
	return cursor, nil
}

// open returns what a cursor holds that was made for the list.
func (p *Pages[P]) open(cursor string, list []byte) (token[P], error) {
	if len(cursor) > maxCursor || strings.ContainsAny(cursor, "\r\n") { // which base64 skips
		return token[P]{}, ErrCursor
	}
	sealed, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil {
		return token[P]{}, ErrCursor
	}
	for _, key := range p.keys {
		text, ok := key.open(sealed, list)
		if !ok {
			continue
		}
		t, err := decode[P](text)
		switch {
		case err != nil:
			return token[P]{}, fmt.Errorf("%w: %w", ErrCursor, err)
		case (t.Expires != 0 || p.maxAge > 0) && time.Now().Unix() >= t.Expires:
			return token[P]{}, ErrExpired
		}
		if t.Bytes {
			t.Position = withStrings(t.Position, bytesOf)
		}
		return t, nil
	}
	return token[P]{}, ErrCursor
}

// withStrings returns a position with its strings changed. What is behind pointers, and in
// slices and maps, is copied: others may have it.
func withStrings[P any](position P, change func(string) string) P {
	v := reflect.ValueOf(&position).Elem()
	v.Set(changed(v, change))
	return position
}

// changed is withStrings for one value. It goes where JSON goes, which has found an end, but
// not through a pointer to what writes itself.
func changed(v reflect.Value, change func(string) string) reflect.Value {
	into := reflect.New(v.Type()).Elem()
	into.Set(v)
	switch kind := v.Kind(); {
	case kind == reflect.String:
		into.SetString(change(v.String()))
	case kind == reflect.Struct:
		for i := range v.NumField() {
			if field := into.Field(i); field.CanSet() {
				field.Set(changed(field, change))
			}
		}
	case (kind == reflect.Array || kind == reflect.Slice) && v.Type().Elem().Kind() <= reflect.Complex128: // bytes, numbers
	case kind == reflect.Array:
		for i := range v.Len() {
			into.Index(i).Set(changed(v.Index(i), change))
		}
	case kind != reflect.Pointer && kind != reflect.Interface && kind != reflect.Slice && kind != reflect.Map, v.IsNil():
	case kind == reflect.Pointer && writesItself(v.Type()):
	case kind == reflect.Pointer:
		into.Set(reflect.New(v.Type().Elem()))
		into.Elem().Set(changed(v.Elem(), change))
	case kind == reflect.Interface:
		into.Set(changed(v.Elem(), change))
	case kind == reflect.Slice:
		into.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			into.Index(i).Set(changed(v.Index(i), change))
		}
	case kind == reflect.Map:
		into.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for key, value := range v.Seq2() {
			into.SetMapIndex(changed(key, change), changed(value, change))
		}
	}
	return into
}

// runesOf writes each byte as the rune of its value, which is UTF-8.
func runesOf(s string) string {
	runes := make([]rune, len(s))
	for i := range len(s) {
		runes[i] = rune(s[i])
	}
	return string(runes)
}

// bytesOf reads what runesOf has written.
func bytesOf(s string) string {
	bytes := make([]byte, 0, len(s))
	for _, r := range s {
		bytes = append(bytes, byte(r))
	}
	return string(bytes)
}

// encode writes a token that decode will read as it is.
func encode[P any](t token[P]) ([]byte, error) {
	text, err := asJSON(t) // which also finds a position that is in itself
	if err != nil {
		return nil, err
	}
	position := withStrings(t.Position, func(s string) string { // of one that is not UTF-8, JSON would lose bytes
		t.Bytes = t.Bytes || !utf8.ValidString(s)
		return s
	})
	if t.Bytes {
		t.Position = withStrings(position, runesOf)
		if text, err = asJSON(t); err != nil {
			return nil, err
		}
	}
	_, err = decode[P](text)
	return text, err
}

// asJSON is json.Marshal without its escapes for HTML: a "<" is one byte of a cursor, not six.
func asJSON(v any) ([]byte, error) {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(text.Bytes(), []byte("\n")), err
}

// decode reads a token. What P would write in another way is of another type, of which
// fields would be lost or stay empty.
func decode[P any](text []byte) (t token[P], err error) {
	if err = json.Unmarshal(text, &t); err != nil {
		return t, err
	}
	again, err := asJSON(t)
	if err == nil && !bytes.Equal(again, text) {
		err = fmt.Errorf("JSON does not give back a %T as it was: give each field an exact type", t.Position)
	}
	return t, err
}

// sealer seals texts of one key. What it opens it has sealed, with the same list.
type sealer interface {
	seal(text, list []byte) []byte
	open(sealed, list []byte) (text []byte, ok bool)
}

// newSealer derives a key of its own from one that may have other uses (RFC 5869).
func newSealer(key []byte, encrypt bool) sealer {
	use := "dram/pagination: signed"
	if encrypt {
		use = "dram/pagination: encrypted"
	}
	derived, err := hkdf.Key(sha256.New, key, nil, use, 32)
	if err != nil {
		panic(err) // the size is one that SHA-256 can give
	}
	if !encrypt {
		return signer(derived)
	}
	block, err := aes.NewCipher(derived)
	if err != nil {
		panic(err) // 32 bytes are a key of AES
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		panic(err) // AES has the size of a block that GCM asks for
	}
	return encrypter{aead}
}

// signer puts a signature in front of the text.
type signer []byte

func (key signer) seal(text, list []byte) []byte { return append(key.sum(text, list), text...) }

func (key signer) open(sealed, list []byte) (text []byte, ok bool) {
	if len(sealed) < sha256.Size {
		return nil, false
	}
	text = sealed[sha256.Size:]
	return text, hmac.Equal(sealed[:sha256.Size], key.sum(text, list))
}

func (key signer) sum(text, list []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(list)))) // a hash does not fail
	h.Write(list)
	h.Write(text)
	return h.Sum(nil)
}

// encrypter encrypts the text, with a nonce in front.
type encrypter struct{ cipher.AEAD }

func (e encrypter) seal(text, list []byte) []byte { return e.Seal(nil, nil, text, list) }

func (e encrypter) open(sealed, list []byte) (text []byte, ok bool) {
	text, err := e.Open(nil, nil, sealed, list)
	return text, err == nil
}
