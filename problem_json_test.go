package dram_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/dram-go/dram"
	"github.com/dram-go/dram/binding"
)

func TestErrorsOfAProblemAreWrittenAsEncodingJSONWouldWriteThem(t *testing.T) {
	for _, text := range []string{"plain", "ä\xff", `<"quoted">`} {
		list := binding.Errors{
			{Source: text, Field: text, Rule: text, Param: text, Message: text, Err: io.EOF},
			{Field: "a"}, // has as little as there can be
		}
		p := dram.ProblemOf(fmt.Errorf("outside: %w", list)).With("zone", 7)
		text, err := json.Marshal(list)
		require.NoError(t, err)
		want := `{"title":"Bad Request","status":400,"detail":"The request is not valid.","errors":` + string(text) + `,"zone":7}`
		got, err := p.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, want, string(got))
		assert.Equal(t, list, p.Member("errors"))
		got, err = p.MarshalJSON()
		require.NoError(t, err)
		assert.Equal(t, want, string(got), "of what Member has returned")
	}
}

// An OnError function may write its own sentences.
func TestTheErrorsThatMemberReturnsAreThoseOfTheAnswer(t *testing.T) {
	type in struct {
		ID int `uri:"id" binding:"min=2"`
	}
	r := dram.New()
	r.OnError(func(c *dram.Context, err error) {
		p := dram.ProblemOf(err)
		for _, fe := range p.Member("errors").(binding.Errors) {
			fe.Message = "should be larger"
		}
		c.WriteProblem(p)
	})
	r.GET("/:id", dram.Try(func(c *dram.Context) error { return c.ShouldBindAll(&in{}) }))
	for range 2 {
		assert.Contains(t, serve(r, http.MethodGet, "/1").Body.String(), `"message":"should be larger"`)
	}
}

func TestMembersOfAProblemAreInTheOrderOfTheirNames(t *testing.T) {
	p := dram.NewProblem(http.StatusConflict, "").With("b", 1).With("a\"", 2).With("c", 3)
	other := p.With("b", 4).With("a", 5)
	text, err := json.Marshal([]*dram.Problem{p, other})
	require.NoError(t, err)
	const head = `{"title":"Conflict","status":409,`
	assert.Equal(t, `[`+head+`"a\"":2,"b":1,"c":3},`+head+`"a":5,"a\"":2,"b":4,"c":3}]`, string(text))
	assert.Equal(t, []any{1, 4, nil, 5}, []any{p.Member("b"), other.Member("b"), p.Member("a"), other.Member("a")}, "a copy changes its origin")
	var read dram.Problem
	require.NoError(t, read.UnmarshalJSON([]byte(head+`"b":true,"a":"x"}`)))
	assert.Equal(t, []any{"x", true, nil}, []any{read.Member("a"), read.Member("b"), read.Member("title")})
}

// An answer is put together in a buffer that the next one has.
func TestProblemsDoNotShareTheirText(t *testing.T) {
	r := dram.New()
	r.GET("/:detail", func(c *dram.Context) {
		c.WriteProblem(dram.NewProblem(http.StatusConflict, c.Param("detail")).With("n", math.Inf(1)))
	})
	for _, detail := range []string{"a-long-detail", "short"} {
		answer := serve(r, http.MethodGet, "/"+detail)
		assert.Equal(t, fmt.Sprintf(`{"title":"Conflict","status":409,"detail":%q}`, detail), answer.Body.String(), "JSON has no form for the member")
	}
}

func TestTheErrorsOfAProblemAreMadeOnce(t *testing.T) {
	p := dram.ProblemOf(binding.Errors{{Field: "a", Rule: "required", Message: "is required"}})
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			text, err := p.MarshalJSON()
			assert.NoError(t, err)
			assert.Contains(t, string(text), `"field":"a"`)
			assert.Len(t, p.Member("errors"), 1)
		})
	}
	group.Wait()
}
