package typed

import (
	"encoding/json"
	"slices"
)

// This file says who may ask: security schemes, which the document describes. The layers of
// groups are what asks.

// Scheme is a way to say who one is: a security scheme of the document. Make one with Bearer,
// Basic, APIKey or Custom.
type Scheme struct {
	name   string
	scopes []string

	Type         string          `json:"type"`
	Description  string          `json:"description,omitempty"`
	Scheme       string          `json:"scheme,omitempty"`
	BearerFormat string          `json:"bearerFormat,omitempty"`
	Name         string          `json:"name,omitempty"`
	In           string          `json:"in,omitempty"`
	OpenID       string          `json:"openIdConnectUrl,omitempty"`
	Flows        json.RawMessage `json:"flows,omitempty"`
}

// Bearer is a token in the header Authorization (RFC 6750); format says what it is, "JWT".
func Bearer(name, format string) Scheme {
	return Scheme{name: name, Type: "http", Scheme: "bearer", BearerFormat: format}
}

// Basic is name and password in the header Authorization (RFC 7617).
func Basic(name string) Scheme { return Scheme{name: name, Type: "http", Scheme: "basic"} }

// APIKey is a key that in ("header", "query", "cookie") has under a name: a session's cookie too.
func APIKey(name, in, key string) Scheme {
	return Scheme{name: name, Type: "apiKey", In: in, Name: key}
}

// Custom is any other scheme that the specification has: OAuth 2, OpenID Connect, mutual TLS.
//
//	typed.Custom("login", typed.Scheme{Type: "openIdConnect", OpenID: "https://id.example.com/.well-known/openid-configuration"})
func Custom(name string, scheme Scheme) Scheme {
	scheme.name = name
	return scheme
}

// Scopes returns the scheme with the scopes, or roles, that a route asks for.
func (s Scheme) Scopes(scopes ...string) Scheme {
	s.scopes = append(slices.Clip(s.scopes), scopes...)
	return s
}

// hasFlow reports whether the Flows have one.
func (s Scheme) hasFlow(name string) bool {
	var flows map[string]any
	_ = json.Unmarshal(s.Flows, &flows) // mustBeScheme has read them
	return flows[name] != nil
}

// Security says which credentials the route asks for, all of them. Without any it asks for none,
// whatever its group does. The layer that asks is one of the group; this is for the document.
func Security(schemes ...Scheme) Option {
	return func(o *operation) { o.security = [][]Scheme{schemes} }
}

// OrSecurity adds credentials that will do as well as those of Security: a token beside a
// session's cookie. Without any, those who have none are served too.
func OrSecurity(schemes ...Scheme) Option {
	return func(o *operation) { o.security = append(slices.Clip(o.security), schemes) }
}

// requirements are the alternatives, as the document has them; an empty list is none to ask for.
func (o *operation) requirements() *[]requirement {
	list := []requirement{}
	for _, schemes := range o.security {
		all := requirement{}
		for _, scheme := range schemes {
			if all[scheme.name] == nil {
				all[scheme.name] = []string{}
			}
			for _, scope := range scheme.scopes {
				if !slices.Contains(all[scheme.name], scope) {
					all[scheme.name] = append(all[scheme.name], scope)
				}
			}
		}
		if len(all) > 0 || len(o.security) > 1 {
			list = append(list, all)
		}
	}
	return &list
}
