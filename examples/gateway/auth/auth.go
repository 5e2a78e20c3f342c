// Package auth finds out who a client is, and whether that client may. A Way knows clients by one
// kind of credential (ways.go, forward.go, keys.go); Layer asks the ways of a route, one after the
// other; Identity tells the upstream (identity.go).
package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/dram-go/dram"
)

// Client is who has sent a request.
type Client struct {
	// Way is the name of the way by which the client is known. The names of two ways are
	// apart: alice of one issuer need not be alice of another one.
	Way  string
	Name string
	// Scopes are what the client may do.
	Scopes []string
}

// String is way:name, the client's name under dram.AuthUserKey, by which limits count and splits
// keep.
func (c Client) String() string { return c.Way + ":" + c.Name }

// Way is one way to know a client.
type Way struct {
	Name string
	// Challenge is how a client is asked for the credential, in WWW-Authenticate; "" where no
	// header can ask for it.
	Challenge string
	// know returns the client's name and scopes. The error is errNothing or a *refused, or
	// else why it could not find out.
	know func(c *dram.Context) (name string, scopes []string, err error)
}

// errNothing says that a request has no credential of the kind.
var errNothing = errors.New("the request has no such credential")

// refused says that a credential is not one of somebody who is let in.
type refused struct {
	why       string
	challenge string // in place of that of the Way
	mayNot    bool   // another credential would not help
}

func (r *refused) Error() string { return r.why }

// Layer lets those pass whom one of the ways knows and who have all of the scopes. Others get 401
// with the challenges of the ways, or 403 with the scopes that they lack; and if a way could not
// find out, 503.
func Layer(ways []*Way, scopes []string) dram.HandlerFunc {
	return func(c *dram.Context) {
		client, err := first(c, ways)
		if err != nil {
			p := refusal(ways, err)
			if ctx := c.Request.Context(); p.Status == http.StatusServiceUnavailable && ctx.Err() == context.Canceled {
				c.Fail(fmt.Errorf("the request has ended while the client was asked who it is: %w", context.Cause(ctx))) // by a client that has left, say: nobody's failure
				return
			}
			c.Fail(p)
			return
		}
		c.Set(dram.AuthUserKey, client.String())
		c.Request = c.Request.WithContext(context.WithValue(c.Request.Context(), clientKey{}, client))
		lacks := slices.DeleteFunc(slices.Clone(scopes), func(scope string) bool { return slices.Contains(client.Scopes, scope) })
		if len(lacks) > 0 {
			list := strings.Join(lacks, " ")
			c.Fail(dram.NewProblem(http.StatusForbidden, "the client lacks the scope "+list).With("scopes", lacks).
				WithHeader("WWW-Authenticate", `Bearer error="insufficient_scope", scope="`+list+`"`)) // RFC 6750 section 3.1
		}
	}
}

type clientKey struct{}

// ClientOf returns who has sent a request that has passed Layer, by its context.
func ClientOf(ctx context.Context) (client Client, ok bool) {
	client, ok = ctx.Value(clientKey{}).(Client)
	return client, ok
}

// first asks the ways until one knows the client. The error has those of all.
func first(c *dram.Context, ways []*Way) (Client, error) {
	var all []error
	for _, way := range ways {
		name, scopes, err := way.know(c)
		if err == nil {
			return Client{Way: way.Name, Name: name, Scopes: scopes}, nil
		}
		all = append(all, fmt.Errorf("auth: %s: %w", way.Name, err))
	}
	return Client{}, errors.Join(all...)
}

// refusal is what a client is told whom no way knows. The reasons go to the log, where they are
// more than that there is no credential.
func refusal(ways []*Way, err error) *dram.Problem {
	var challenges []string
	var reasons []error
	var unsure, mayNot bool
	for i, reason := range err.(interface{ Unwrap() []error }).Unwrap() {
		challenge := ways[i].Challenge
		var known *refused
		if errors.As(reason, &known) {
			challenge = cmp.Or(known.challenge, challenge)
		}
		if challenge != "" {
			challenges = append(challenges, challenge)
		}
		unsure = unsure || known == nil && !errors.Is(reason, errNothing)
		mayNot = mayNot || known != nil && known.mayNot
		if !errors.Is(reason, errNothing) {
			reasons = append(reasons, reason)
		}
	}
	why := errors.Join(reasons...)
	switch {
	case unsure:
		return dram.NewProblem(http.StatusServiceUnavailable, "who the client is cannot be found out at the moment").Because(why)
	case mayNot || len(challenges) == 0:
		return dram.NewProblem(http.StatusForbidden, "the client is not one that may").Because(why)
	}
	return dram.NewProblem(http.StatusUnauthorized, "a valid credential is needed").
		WithHeader("WWW-Authenticate", strings.Join(challenges, ", ")).Because(why)
}
