package typed

import (
	"encoding"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dram-go/dram/codec"
	"github.com/dram-go/dram/internal/httpfield"
	"github.com/dram-go/dram/internal/jsonfield"
)

// This file looks at what the options say of a route, and at what its answers are made of, when
// it is registered: what cannot be is a panic there.

// take has the options of the group and those of the route say what they do.
func (rt *route) take(path string, shared, own []Option) {
	for _, option := range slices.Concat(shared, own) {
		if option == nil {
			rt.panic(path, "an Option is nil: leave it out")
		}
		option(&rt.operation)
	}
	var alone operation
	for _, option := range own {
		option(&alone)
	}
	rt.ownStatus, rt.ownOffers = alone.status != 0, alone.offers != nil
}

// mustBeSayable panics if what the options say cannot be.
func (rt *route) mustBeSayable() {
	for _, header := range rt.headers {
		if !httpfield.IsToken(header.name) {
			rt.panic(rt.pattern, "%q is not the name of a header: correct the option Header", header.name)
		}
	}
	for _, c := range rt.errors {
		switch {
		case c.problem == nil:
			rt.panic(rt.pattern, "an error of Errors has no Problem: make it with Is, As or ByLayer, and pass one of typed.Problem")
		case c.match == nil:
			rt.panic(rt.pattern, "the error of Is is nil, which no handler fails with: pass the one that is to be answered as %q", c.problem.Title)
		case c.problem.Status < 400 || c.problem.Status > 599:
			rt.panic(rt.pattern, "the problem %q has the status %d, which is none of a failure: write one between 400 and 599", c.problem.Title, c.problem.Status)
		}
	}
	for _, scheme := range slices.Concat(rt.security...) {
		rt.mustBeScheme(scheme)
	}
}

// isName matches the keys of components.
var isName = regexp.MustCompile(`^[a-zA-Z0-9._-]+$`)

// mustBeScheme panics at a security scheme that a document cannot have, or has as another one.
func (rt *route) mustBeScheme(s Scheme) {
	missing := ""
	switch {
	case !isName.MatchString(s.name):
		rt.panic(rt.pattern, "the name %q of a security scheme has other characters than letters, digits and ._-, or none: correct it", s.name)
	case s.Type == "apiKey" && !slices.Contains([]string{"query", "header", "cookie"}, s.In):
		rt.panic(rt.pattern, "the key of the security scheme %q is in %q: write header, query or cookie", s.name, s.In)
	case s.Type == "apiKey" && s.Name == "":
		missing = "a Name, that of the header, the cookie or the query's parameter"
	case s.Type == "http" && s.Scheme == "":
		missing = "a Scheme: bearer, basic"
	case s.Type == "openIdConnect" && s.OpenID == "":
		missing = "an OpenID, the URL of its configuration"
	case s.Type == "oauth2" && s.Flows == nil:
		missing = "Flows"
	case s.Flows != nil && s.Type != "oauth2":
		missing = "no Flows, which are those of oauth2"
	case s.Flows != nil:
		missing = missingInFlows(s.Flows)
	case !slices.Contains([]string{"apiKey", "http", "mutualTLS", "oauth2", "openIdConnect"}, s.Type):
		rt.panic(rt.pattern, "the security scheme %q has the Type %q: make it with Bearer, Basic or APIKey, or write apiKey, http, mutualTLS, oauth2 or openIdConnect", s.name, s.Type)
	}
	if missing != "" {
		rt.panic(rt.pattern, "the security scheme %q, of the type %s, has to have %s", s.name, s.Type, missing)
	}
	s.scopes = nil
	for _, other := range append(slices.Clip(rt.api.routes), rt) {
		for _, known := range slices.Concat(other.security...) {
			known.scopes = nil
			if known.name == s.name && !reflect.DeepEqual(known, s) {
				rt.panic(rt.pattern, "the security scheme %q is another one at %s %s (%s): give it a name of its own", s.name, other.method, other.pattern, other.source)
			}
		}
	}
}

// flows are the members that each flow of OAuth 2 has to have (OpenAPI, OAuth Flow Object).
var flows = map[string][]string{
	"implicit":            {"authorizationUrl"},
	"password":            {"tokenUrl"},
	"clientCredentials":   {"tokenUrl"},
	"authorizationCode":   {"authorizationUrl", "tokenUrl"},
	"deviceAuthorization": {"deviceAuthorizationUrl", "tokenUrl"}, // since 3.2
}

// missingInFlows returns what a JSON text lacks to be flows, "" if that is nothing.
func missingInFlows(text []byte) string {
	const object = "Flows that are an object of JSON, with an object for each flow"
	var all map[string]any
	if !utf8.Valid(text) || json.Unmarshal(text, &all) != nil || all == nil {
		return object
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		flow, isObject := all[name].(map[string]any)
		needed, known := flows[name]
		switch {
		case strings.HasPrefix(name, "x-"):
			continue
		case !isObject:
			return object
		case !known:
			return fmt.Sprintf("one of these Flows, and not %q: %s", name, strings.Join(slices.Sorted(maps.Keys(flows)), ", "))
		}
		for _, member := range needed {
			if flow[member] == nil {
				return fmt.Sprintf("%s in the flow %q, a URL", member, name)
			}
		}
		for _, member := range slices.Sorted(maps.Keys(flow)) {
			text, _ := flow[member].(string)
			_, err := url.Parse(text)
			switch {
			case member == "scopes" || strings.HasPrefix(member, "x-"):
			case member != "refreshUrl" && !slices.Contains(needed, member):
				return fmt.Sprintf("no %s in the flow %q", member, name)
			case text == "" || err != nil:
				return fmt.Sprintf("a URL as %s in the flow %q", member, name)
			}
		}
		if scopes, ok := flow["scopes"].(map[string]any); !ok || slices.ContainsFunc(slices.Collect(maps.Values(scopes)), isNoText) {
			return fmt.Sprintf("scopes in the flow %q, an object with a text for each; {} for none", name)
		}
	}
	return ""
}

func isNoText(v any) bool {
	_, ok := v.(string)
	return !ok
}

var (
	anyAnswer = reflect.TypeFor[answerer]()
	anyEvent  = reflect.TypeFor[eventer]()
	xmlWriter = reflect.TypeFor[xml.Marshaler]()
	textMaker = reflect.TypeFor[encoding.TextMarshaler]()
)

// mustBeAnswer panics at an Out that is not what its author has meant.
func (rt *route) mustBeAnswer() {
	switch {
	case rt.out.Kind() == reflect.Pointer && rt.out.Elem().Implements(anyAnswer):
		rt.panic(rt.pattern, "the handler returns a pointer to %s, which is an answer by itself: return the value", rt.out.Elem())
	case rt.out == errorType:
		rt.panic(rt.pattern, "the handler returns an error as its answer: return NoContent, and the error behind it")
	case rt.out.Kind() == reflect.Interface && rt.out.Implements(reflect.TypeFor[io.Reader]()):
		rt.panic(rt.pattern, "%s cannot be answered: return File for what is read", rt.out)
	}
	if event, ok := eventsOf(rt.out); ok && event.Kind() == reflect.Pointer && event.Elem().Implements(anyEvent) {
		rt.panic(rt.pattern, "the stream is one of pointers to %s: have it give the values", event.Elem())
	}
}

// mustFit panics if the status and the media types that the options say are not for the answer.
func (rt *route) mustFit(out output) {
	plain := !rt.out.Implements(anyAnswer) && !out.stream
	switch {
	case rt.ownStatus && !plain && rt.out != reflect.TypeFor[Redirect]():
		rt.panic(rt.pattern, "the option Status is for plain values, and %s has a status of its own: leave it out", rt.out)
	case plain && (out.status < 200 || out.status > 299 || !httpfield.BodyAllowed(out.status) || out.status == http.StatusResetContent):
		rt.panic(rt.pattern, "the status %d is not one of a success with a body: write one from 200 to 299, or return NoContent or Redirect, and errors for failures", out.status)
	case rt.ownOffers && (out.body == nil || out.stream):
		rt.panic(rt.pattern, "the option Offers is for values, and %s is none: leave it out", rt.out)
	case out.body == nil:
		return
	}
	switch found := answerIn(out.body); {
	case found == out.body:
		rt.panic(rt.pattern, "the body is a %s, which is an answer by itself: return that", found)
	case found != nil:
		rt.panic(rt.pattern, "the answer has a %s in it, which is an answer by itself, and not a value: return that alone, or what it carries", found)
	case out.stream:
		return
	}
	for _, media := range rt.offers {
		if isXML(media) {
			if typ := notXML(out.body); typ != nil {
				rt.panic(rt.pattern, "the answer has a %s, which encoding/xml cannot write: leave %s out of Offers, or give the type MarshalXML", typ, media)
			}
			if !isElement(out.body) {
				rt.panic(rt.pattern, "the answer is a %s, for which encoding/xml has no element around it, or no name: leave %s out of Offers, or return a struct with it", out.body, media)
			}
		} else if media == "" {
			rt.panic(rt.pattern, "a media type of Offers is empty: write one, application/json say")
		} else if _, ok := codec.ByMIME(media); !ok && !isJSON(media) {
			rt.panic(rt.pattern, "no codec writes %s: import one, or leave it out of Offers", media)
		}
	}
}

// notXML returns the type in a type that encoding/xml has no form for, nil if there is none.
func notXML(typ reflect.Type) reflect.Type {
	if typ.Kind() == reflect.Struct && typ.Name() == "" && !writesXML(typ) { // whose element has no name
		if field, ok := typ.FieldByName("XMLName"); !ok || field.Type != reflect.TypeFor[xml.Name]() {
			return typ
		}
	}
	return within(typ, "xml", writesXML, func(typ reflect.Type) bool {
		return slices.Contains([]reflect.Kind{reflect.Map, reflect.Func, reflect.Chan}, typ.Kind())
	}, nil)
}

// isElement reports whether a type is one element in XML: a list is many, and an Optional's name is none.
func isElement(typ reflect.Type) bool {
	typ = jsonfield.Indirect(typ)
	switch kind := typ.Kind(); {
	case typ.Implements(anyOptional):
		return false
	case writesXML(reflect.PointerTo(typ)):
		return true
	case kind == reflect.Slice || kind == reflect.Array:
		return kind == reflect.Slice && typ.Elem().Kind() == reflect.Uint8 && typ.Name() != ""
	}
	return true
}

func writesXML(typ reflect.Type) bool { return typ.Implements(xmlWriter) || typ.Implements(textMaker) }

// answerIn returns the type in a type that is an answer, or an event of a stream: a value of JSON it is not.
func answerIn(typ reflect.Type) reflect.Type {
	return within(typ, "json", writesJSON,
		func(typ reflect.Type) bool {
			return typ.Kind() != reflect.Pointer && (typ.Implements(anyAnswer) || typ.Implements(anyEvent))
		}, nil)
}

// within returns the first type in a type that is bad, nil if there is none; what writes itself is not looked into.
func within(typ reflect.Type, tag string, writes, bad func(reflect.Type) bool, inside []reflect.Type) reflect.Type {
	switch get, optional := typ.MethodByName("Get"); {
	case optional && typ.Kind() == reflect.Struct && typ.Implements(anyOptional):
		return within(get.Type.Out(0), tag, writes, bad, inside)
	case slices.Contains(inside, typ), writes(typ):
		return nil
	case bad(typ):
		return typ
	}
	inside = append(slices.Clip(inside), typ)
	switch typ.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return within(typ.Elem(), tag, writes, bad, inside)
	case reflect.Struct:
		for i := range typ.NumField() {
			sf := typ.Field(i)
			if !sf.IsExported() && !sf.Anonymous || sf.Tag.Get(tag) == "-" {
				continue
			}
			if found := within(sf.Type, tag, writes, bad, inside); found != nil {
				return found
			}
		}
	}
	return nil
}
