package binding

// BindAll: one struct from all that a request has. all_plan.go says which field is whose,
// all_body.go reads the body; the other sources are plans, as if each were bound alone.
// What is wrong is collected from all of them, and the rules are asked once, at the end.
// See docs/internals/15-binding.md.

import (
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"github.com/go-playground/validator/v10"

	"github.com/dram-go/dram/internal/httpfield"
)

// Params are the path parameters of a request: dram.Params has them.
type Params interface {
	// Get returns the value of a parameter, and reports whether the route has it.
	Get(name string) (value string, ok bool)
}

// All fills obj, a pointer to a struct, from the path parameters, the query, the header, the
// cookies and the body of a request, and validates it once. Each field is filled from the
// source that its tag names, and by nothing else:
//
//	uri:"id"         a path parameter
//	query:"page"     the URL's query
//	header:"If-Match"
//	cookie:"theme"   decoded as Context.Cookie does it
//	form:"title"     the body, if it is a form; its files too
//	json:"title"     the body, if it is JSON; xml, yaml … if it is of those formats
//
// What application/merge-patch+json or another type with the suffix +json has is JSON, and
// with +xml XML.
//
// Where Query and Form read form from the query, All does not: it is the body's form here.
// A field may have several tags of the body, for which the Content-Type decides, but only
// one source: uri beside json is an error. A field without any of these tags belongs to the
// body, by the rules of its format: JSON has it under its Go name, forms do not have it. The
// fields of an embedded struct are as if they stood in the struct that embeds it. A named
// struct without a tag whose fields have tags of uri, query, header, cookie, or form alone
// is a group: its fields are filled by those. What is in a field tagged json is JSON's alone, whatever
// tags its fields have, but for form.
//
// GET and HEAD have no body here, and an empty body is not a fault: that a field is
// required is. A body in a format that the struct has no field for, or that nobody decodes,
// is a fault of the header Content-Type. So is one of another media type than those given, if
// any are: application/json stands for what has the suffix +json too, application/xml for +xml.
//
// The error is what FieldErrors lists: each wrong value of each source, then each broken
// rule of the other fields, for which errors.As finds validator.ValidationErrors. It is ErrTags if
// the tags contradict each other or have an option that means nothing, or params has not what a
// tag uri names, and *http.MaxBytesError, or what the read returned, if the body could not be read.
func All(req *http.Request, params Params, obj any, mediaTypes ...string) error {
	target, isMap, err := destination(obj)
	switch {
	case err != nil:
		return err
	case isMap:
		return fmt.Errorf("%w; for all sources it must be a struct, not a %T", ErrDestination, obj)
	case req == nil || req.URL == nil:
		return errInvalidRequest
	}
	p, err := allPlanFor(target.Type())
	if err != nil {
		return err
	}
	b := allBinding{allPlan: p, req: req, target: target, mediaTypes: mediaTypes, bodySource: sourceJSON}
	if err := b.bindUri(params); err != nil {
		return err
	}
	if err := b.bindQuery(); err != nil {
		return err
	}
	b.bindHeader()
	b.bindCookies()
	if err := b.bindBody(); err != nil {
		return err
	}
	return b.checked(obj)
}

// allBinding is one request that is bound.
type allBinding struct {
	*allPlan
	req    *http.Request
	target reflect.Value
	errs   Errors
	// mediaTypes are those that a body may have; empty for all that something decodes.
	mediaTypes []string
	// bodySource is the format of the body, "json" if there is none.
	bodySource string
	// noBody says that the body could not be decoded: rules of its fields say nothing.
	noBody bool
}

func (b *allBinding) bindUri(params Params) error {
	if len(b.uri.fields) == 0 {
		return nil
	}
	s := newSlots(b.uri)
	defer s.release()
	for i, key := range b.uri.keys {
		var value string
		known := false
		if params != nil {
			value, known = params.Get(key.lookup)
		}
		if !known {
			return b.noParam(key.lookup)
		}
		(*s)[i].add(value)
	}
	b.apply(b.uri, request{values: s, source: sourceURI})
	return nil
}

// noParam says that the route has not what a field wants.
func (b *allBinding) noParam(name string) error {
	at := slices.IndexFunc(b.uri.fields, func(f field) bool { return b.uri.keys[f.number].lookup == name })
	return fmt.Errorf("%w: %s of %s wants the path parameter %q, which the route does not have: name it in the route's pattern, or change the tag uri",
		ErrTags, goPath(b.target.Type(), b.uri.fields[at].index), b.target.Type(), name)
}

func (b *allBinding) bindQuery() error {
	if len(b.query.fields) == 0 {
		return nil
	}
	r := request{source: sourceQuery}
	raw := b.req.URL.RawQuery
	if strings.ContainsAny(raw, "%;") {
		if _, err := url.ParseQuery(raw); err != nil { // a pair that would be lost
			b.errs = append(b.errs, syntaxErrors(sourceQuery, err)...)
		}
	}
	if !hasManyPairs(raw) {
		b.errs = append(b.errs, b.query.applyQuery(b.target, r, raw)...)
		return nil
	}
	values, err := url.ParseQuery(raw)
	if err != nil && len(values) == 0 {
		b.errs = append(b.errs, syntaxErrors(sourceQuery, err)...)
		return nil
	}
	r.values = mapValues(values)
	b.apply(b.query, r)
	return nil
}

func (b *allBinding) bindHeader() {
	b.apply(b.header, request{values: mapValues(b.req.Header), source: sourceHeader})
}

func (b *allBinding) bindCookies() {
	if len(b.cookie.fields) == 0 {
		return
	}
	s := newSlots(b.cookie)
	defer s.release()
	cookies := b.req.Cookies()
	for _, cookie := range cookies {
		number, known := b.cookie.numbers[cookie.Name]
		if !known {
			continue
		}
		value, err := url.QueryUnescape(cookie.Value)
		if err != nil {
			b.errs = append(b.errs, notEncoded(cookie.Name, err))
			continue
		}
		(*s)[number].add(value)
	}
	b.missCookies(len(cookies))
	b.apply(b.cookie, request{values: s, source: sourceCookie})
}

// missCookies reports the cookies that net/http has left out of the n that it knows.
func (b *allBinding) missCookies(n int) {
	for range httpfield.CookieNames(b.req.Header["Cookie"]) {
		n--
	}
	if n >= 0 {
		return
	}
	for name := range httpfield.CookieNames(b.req.Header["Cookie"]) {
		_, known := b.cookie.numbers[name]
		reported := slices.ContainsFunc(b.errs, func(fe *FieldError) bool { return fe.Source == sourceCookie && fe.Field == name })
		if known && !reported && httpfield.LeavesOut(b.req, name, len(b.req.CookiesNamed(name))) {
			b.errs = append(b.errs, notEncoded(name, httpfield.ErrCookie))
		}
	}
}

// notEncoded says that a cookie's value is not encoded as SetCookie does it.
func notEncoded(name string, err error) *FieldError {
	return &FieldError{Source: sourceCookie, Field: name, Rule: ruleType, Param: "string", Message: "must be URL-encoded", Err: err}
}

func (b *allBinding) apply(p *plan, r request) {
	if len(p.fields) == 0 {
		return
	}
	b.errs = append(b.errs, p.apply(b.target, r)...)
}

// checked validates what was bound, once.
func (b *allBinding) checked(obj any) (err error) {
	switch v := Validator.(type) {
	case nil:
	case *defaultValidator:
		err = b.rules(v)
	default:
		err = v.ValidateStruct(obj)
	}
	if len(b.errs) == 0 {
		return err
	}
	return b.errs.and(err, b.target.Type(), b.placed, b.concern)
}

// rules asks for the rules: the validator about those of which it has not said yet what it says.
func (b *allBinding) rules(v *defaultValidator) error {
	typ := b.target.Type()
	var found []breach
	if rules, ok := v.plainly(typ); ok {
		var room [8]breach // for most
		if found = rules.broken(b.target, room[:0]); len(found) == 0 {
			return nil
		}
		if err := saidOf(found, b.bodySource); err != nil {
			return err
		}
	}
	err := v.inSource(v.validateStruct(typ, b.target.Addr()), b.target, b.bodySource, b.placed)
	errs, ok := err.(validator.ValidationErrors)
	if !ok {
		return err
	}
	v.remember(found, errs, b.bodySource)
	return brokenRules(errs)
}

// concern reports whether a broken rule follows from what is known to be wrong.
func (b *allBinding) concern(broken *FieldError) bool {
	if b.noBody && !isAlwaysThere(broken.Source) {
		return true
	}
	for _, fe := range b.errs {
		switch {
		case fe.Source != broken.Source:
		case isFlat(fe.Source) && baseName(fe.Field) == baseName(broken.Field),
			!isFlat(fe.Source) && (isWithin(broken.Field, fe.Field) || isWithin(fe.Field, broken.Field)):
			return true
		}
	}
	return false
}

// isAlwaysThere reports whether a source is not the body.
func isAlwaysThere(source string) bool { return isFlat(source) && source != sourceForm }

// placed returns where a field that breaks a rule stands.
func (b *allBinding) placed(steps []step) (source, tag string, tagged bool) {
	inBody, inForm := false, false
	for _, s := range steps {
		if s.field.Type == nil {
			break
		}
		if tag := otherTag(s.field); tag != "" && !inBody {
			return tag, tag, true
		}
		inForm = inForm || hasTag(s.field, "form")
		inBody = inBody || hasTag(s.field, "json") || s.index != ""
	}
	last := steps[len(steps)-1].field
	if inForm && b.bodySource == sourceForm || last.Type != nil && !inBody && isFormOnly(last) {
		return sourceForm, "form", true
	}
	if b.bodySource == sourceForm { // which does not have the field
		return sourceJSON, sourceJSON, false
	}
	return b.bodySource, b.bodySource, false
}
