package binding_test

import (
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram/binding"
)

// card refuses values with an error that repeats them.
type card string

func (c *card) UnmarshalText(text []byte) error { return fmt.Errorf("no card: %q", text) }

// token does so from JSON alone.
type token struct{}

func (token) UnmarshalJSON(text []byte) error { return fmt.Errorf("no token: %s", text) }

// score says in a FieldError what clients may be told.
type score int

func (g *score) UnmarshalText(text []byte) error {
	return fmt.Errorf("score %q: %w", text, &binding.FieldError{Rule: "score", Param: "a f", Message: "must be a grade from a to f"})
}

// suit lists its values.
type suit string

func (suit) EnumValues() []suit { return []suit{"hearts", "spades"} }

func (s *suit) UnmarshalText(text []byte) error { return errors.New("no suit: " + string(text)) }

func TestAValueIsNotToldByTheErrorOfItsType(t *testing.T) {
	type own struct {
		Card   card                           `query:"card" header:"-" json:"-"`
		Addr   netip.Addr                     `header:"X-Addr"`
		Prefix netip.Prefix                   `cookie:"prefix"`
		Port   netip.AddrPort                 `query:"port"`
		Opt    binding.Optional[netip.Addr]   `query:"opt"`
		List   []netip.Addr                   `query:"list"`
		IP     net.IP                         `json:"ip"`
		Int    *big.Int                       `json:"int"`
		Rat    big.Rat                        `json:"rat"`
		Float  big.Float                      `json:"float"`
		Level  slog.Level                     `json:"level"`
		Token  token                          `json:"token"`
		Cards  map[string]card                `json:"cards"`
		Opts   []binding.Optional[card]       `json:"opts"`
		Keys   map[netip.Addr]int             `json:"keys"`
		Suit   suit                           `json:"suit"`
		Grade  score                          `json:"score"`
		Deep   struct{ Addrs []netip.Prefix } `json:"deep"`
	}
	const secret = "SECRET"
	req := httptest.NewRequest("POST", "/?card=SECRET&port=SECRET&opt=SECRET&list=10.0.0.1&list=SECRET", strings.NewReader(`{
		"ip":"SECRET","int":"SECRET","rat":"SECRET","float":"SECRET","level":"SECRET","token":"SECRET","cards":{"a":"SECRET"},
		"opts":["SECRET"],"keys":{"x":1},"suit":"SECRET","score":"SECRET","deep":{"Addrs":["SECRET"]}}`))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Addr", secret)
	req.AddCookie(&http.Cookie{Name: "prefix", Value: secret})
	err := binding.All(req, nil, &own{})
	var told []string
	for _, fe := range binding.FieldErrors(err) {
		told = append(told, fe.Source+" "+fe.Field+" "+fe.Message+" ("+fe.Constraint()+")")
		require.Error(t, fe.Err, fe.Field)
		assert.NotContains(t, fe.Error(), secret)
	}
	assert.Equal(t, []string{
		"query card is not valid (type=card)", "query port must be an IP address and a port (type=addrport)",
		"query opt must be an IP address (type=addr)", "query list[1] must be an IP address (type=addr)",
		"header X-Addr must be an IP address (type=addr)", "cookie prefix must be an IP network (type=prefix)",
		"json ip must be an IP address (type=ip)", "json int must be an integer (type=int)", "json rat must be a number or a fraction (type=rat)",
		"json float must be a number (type=float)", "json level must be a log level (type=level)", "json token is not valid (type=object)",
		"json cards[a] is not valid (type=card)", "json opts[0] is not valid (type=card)", "json keys[x] must be an IP address (type=addr)",
		"json suit must be one of: hearts spades (type=suit)", "json score must be a grade from a to f (score=a f)",
		"json deep.Addrs[0] must be an IP network (type=prefix)",
	}, told)
	assert.NotContains(t, err.Error(), secret)
	assert.ErrorContains(t, binding.FieldErrors(err)[0].Err, secret, "the program has it")
}

func TestLimitOfADurationIsToldAsItIsWritten(t *testing.T) {
	var in struct {
		Wait  time.Duration `query:"wait" binding:"max=1000000000"`
		Nap   time.Duration `query:"nap" binding:"max=1m"`
		Pause time.Duration `json:"pause" binding:"min=1s"`
	}
	req := httptest.NewRequest("POST", "/?wait=2s&nap=2m", strings.NewReader(`{"pause":5}`))
	req.Header.Set("Content-Type", "application/json")
	faults := binding.FieldErrors(binding.All(req, nil, &in))
	require.Len(t, faults, 3)
	assert.Equal(t, "must be at most 1s", faults[0].Message)
	assert.Equal(t, "must be at most 1m", faults[1].Message)
	assert.Equal(t, "must be at least 1000000000 nanoseconds", faults[2].Message)
	assert.Equal(t, "must be at least 1s", binding.FieldErrors(binding.Validator.ValidateStruct(&in))[2].Message, "of no source")
}
